import { describe, expect, it, test } from "vitest";
import { describeTransport } from "../describe_cases.ts";
import { type CaseResult, runCases } from "../run_cases.ts";
import { transportCases } from "./cases.ts";
import { brokenTransports } from "../testdata/broken_transports.ts";
import { echoSetup } from "../testdata/echo_transport.ts";

describeTransport({ describe, it }, { name: "a transport without faults", setup: echoSetup });

async function brokenCases(setup: typeof echoSetup): Promise<readonly string[]> {
  // All at once: each has a transport of its own, and a broken one makes most of them wait.
  const results: CaseResult[] = await Promise.all(transportCases.map(async (one) => {
    for await (const result of runCases([one], { setup })) return result;
    throw new Error("no result");
  }));
  return results.filter(({ outcome }) => outcome === "broken").map(({ id }) => id);
}

describe("a broken transport is noticed", () => {
  test.concurrent.each(brokenTransports)("$name", async ({ breakage, noticedBy }) => {
    const broken = await brokenCases(() => echoSetup(breakage));
    expect([...broken].sort()).toEqual([...noticedBy].sort());
  }, 60_000);
});

describe("every case can fail", () => {
  const noticed = new Set(brokenTransports.flatMap(({ noticedBy }) => noticedBy));
  // These two need a transport that hangs, or a process that does: see below.
  const hanging = ["transport/shape/watch-left", "transport/echo/process-ends"];

  test.each(transportCases.map(({ id }) => id).filter((id) => !hanging.includes(id)))(
    "%s",
    (id) => expect([...noticed]).toContain(id),
  );

  test("transport/echo/process-ends", async () => {
    const broken = await brokenCases(async () => ({
      ...await echoSetup(),
      child: (program) => Promise.resolve(program === "watch" ? "hung" : "ended"),
    }));
    expect(broken).toEqual(["transport/echo/process-ends"]);
  });

  test("transport/shape/watch-left", async () => {
    const broken = await brokenCases(() =>
      echoSetup({
        transport: (whole) => ({
          ...whole,
          watch: async function* (options) {
            try {
              yield* whole.watch(options);
            } finally {
              if (!options?.signal?.aborted) await new Promise(() => {});
            }
          },
        }),
      })
    );
    expect(broken).toEqual(["transport/shape/watch-left"]);
  });
});
