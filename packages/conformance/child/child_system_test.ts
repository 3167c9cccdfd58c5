// The programs of the kit in real child processes: what keeps a process alive is noticed.
import { expect, test } from "vitest";
import { runCases } from "../run_cases.ts";
import { fine } from "../testdata/children/transports.ts";
import { transportCases } from "../transport/mod.ts";
import { inChild } from "./mod.ts";

const execArgv = [
  "--conditions=@otpsmith/source",
  "--import",
  new URL("../../transport-pcsc/testdata/typescript_hook.mjs", import.meta.url).href,
];
const at = (file: string): URL => new URL(`../testdata/children/${file}`, import.meta.url);
const child = (create: string, file = "transports.ts") =>
  inChild({ module: at(file), create, echo: "Echo", execArgv, patienceMs: 5_000 });

const programs = transportCases.filter(({ id }) => id === "transport/echo/process-ends");

test("a transport that is right lets each program end", async () => {
  const setup = () => Promise.resolve({ transport: fine(), echo: "Echo", child: child("fine") });
  for await (const result of runCases(programs, { setup })) {
    expect(result).toMatchObject({ outcome: "kept" });
  }
});

test.each([
  ["leaks a timer", child("leaksTimer"), 'after "list": it hung'],
  ["throws on import", child("default", "throws_on_import.ts"), 'after "probe": it failed'],
])("a transport that %s is noticed", async (_, child, why) => {
  const setup = () => Promise.resolve({ transport: fine(), echo: "Echo", child });
  for await (const result of runCases(programs, { setup })) {
    expect(result).toMatchObject({
      outcome: "broken",
      why: expect.stringContaining(why) as string,
    });
  }
});
