import { describe, expect, test } from "vitest";
import { systemTime } from "@otpsmith/core/time";
import { broken, checkRejects } from "../_check.ts";
import { echoSetup } from "../testdata/echo_transport.ts";
import { brokenCases } from "../testdata/outcomes.ts";
import { transportCases } from "./cases.ts";
import { type Slow, whileSlow } from "./_while_slow.ts";
import { withEcho } from "./setup.ts";

const LOW = transportCases.filter(({ tier }) => tier < 2);

describe.concurrent("a transport without faults is not reported by a kit that comes late", () => {
  test.each([300, 1200])("%i ms", async (lateMs) => {
    // The device's clock has gone on by so much whenever the kit gets to act.
    const time = {
      ...systemTime,
      sleep: (ms: number, signal?: AbortSignal) =>
        systemTime.sleep(Math.max(0, ms - lateMs), signal),
    };
    expect(await brokenCases(LOW, () => echoSetup({}, { time }))).toEqual([]);
  }, 60_000);
});

/** How often the body was run, and how that ended. */
async function tries(body: (slow: Slow) => Promise<void>): Promise<[number, string]> {
  let times = 0;
  const counted = (slow: Slow): Promise<void> => {
    times++;
    return body(slow);
  };
  const ended = await whileSlow(await echoSetup(), counted).then(() => "kept", String);
  return [times, ended];
}

test.concurrent("what fails while the device is still busy has failed", async () => {
  expect(await tries(() => broken("mend it"))).toEqual([1, "ConformanceError: mend it"]);
});

test.concurrent("what fails when the device has answered is tried with slower ones, and the last decides", async () => {
  const setup = await echoSetup();
  const body = (slow: Slow) =>
    withEcho(setup, async (link) => {
      await slow.call(link, slow.echo(1));
      broken(`${slow.timeoutMs}`);
    });
  expect(await tries(body)).toEqual([3, "ConformanceError: 800"]);
});

test.concurrent("what a reader gave up before the time limit of the call is tried again", async () => {
  const setup = await echoSetup();
  const body = (slow: Slow) =>
    withEcho(setup, async (link) => {
      await checkRejects(
        slow.call(link, Uint8Array.of(0, 0xe2, 0xff, 0xff), { timeoutMs: 60_000 }),
        { reasons: ["timeout"], delivery: "unknown" },
        "lost",
      );
    });
  expect((await tries(body))[0]).toBe(3);
});
