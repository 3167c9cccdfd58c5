import { describe, expect, it, test } from "vitest";
import { describeTransport } from "../describe_cases.ts";
import { transportCases } from "./cases.ts";
import { brokenSetups } from "../testdata/broken_higher_tiers.ts";
import { brokenTransports } from "../testdata/broken_transports.ts";
import { echoSetup } from "../testdata/echo_transport.ts";
import { brokenCases } from "../testdata/outcomes.ts";

describeTransport({ describe, it }, { name: "a transport without faults", setup: echoSetup });

const LOW = transportCases.filter(({ tier }) => tier < 2);
const HIGH = transportCases.filter(({ tier }) => tier >= 2);

describe.concurrent("a broken transport is noticed", () => {
  test.each(brokenTransports)("$name", async ({ breakage, noticedBy }) => {
    const broken = await brokenCases(LOW, () => echoSetup(breakage));
    expect([...broken].sort()).toEqual([...noticedBy].sort());
  }, 60_000);
});

describe.concurrent("a broken transport is noticed by the cases of higher tiers", () => {
  test.each(brokenSetups)("$name", async ({ setup, noticedBy }) => {
    expect(await brokenCases(HIGH, setup)).toEqual(expect.arrayContaining([...noticedBy]));
  }, 60_000);
});

describe.concurrent("every case can fail", () => {
  const all = [...brokenTransports, ...brokenSetups];
  const noticed = new Set(all.flatMap(({ noticedBy }) => noticedBy));
  // These two need a transport that hangs, or a process that does: see below.
  const hanging = ["transport/shape/watch-left", "transport/echo/process-ends"];

  test.each(transportCases.map(({ id }) => id).filter((id) => !hanging.includes(id)))(
    "%s",
    (id) => expect([...noticed]).toContain(id),
  );

  test("transport/echo/process-ends", async () => {
    const broken = await brokenCases(LOW, async () => ({
      ...await echoSetup(),
      child: (program) => Promise.resolve(program === "watch" ? "hung" : "ended"),
    }));
    expect(broken).toContain("transport/echo/process-ends");
  });

  test("transport/shape/watch-left", async () => {
    const broken = await brokenCases(LOW, () =>
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
      }));
    expect(broken).toContain("transport/shape/watch-left");
  });
});
