import fc from "fast-check";
import { expect, test } from "vitest";
import { ManualTime } from "./mod.ts";

const turn = (): Promise<void> => new Promise((resolve) => setTimeout(resolve));

test("stands still until it is moved", async () => {
  const time = new ManualTime(1000);
  let woken = false;
  const slept = time.sleep(50).then(() => woken = true);
  time.advance(49);
  await turn();
  expect([time.now(), time.sleeping, woken]).toEqual([1049, 1, false]);
  time.advance(1);
  await slept;
  expect([time.now(), time.sleeping]).toEqual([1050, 0]);
});

test("wakes everything that is due, in order of its time, and nothing else", async () => {
  await fc.assert(fc.asyncProperty(
    fc.array(fc.integer({ min: 1, max: 20 }), { maxLength: 12 }),
    fc.integer({ min: 0, max: 25 }),
    async (sleeps, moved) => {
      const time = new ManualTime(0);
      const woken: number[] = [];
      for (const ms of sleeps) void time.sleep(ms).then(() => woken.push(ms));
      time.advance(moved);
      await turn();
      expect(woken).toEqual(sleeps.filter((ms) => ms <= moved).sort((a, b) => a - b));
      expect(time.sleeping).toBe(sleeps.length - woken.length);
    },
  ));
});

test.each([0, -5])("a sleep of %i ms is over at once", async (ms) => {
  await new ManualTime(0).sleep(ms);
});

test("a signal ends a sleep with its reason and leaves nothing behind", async () => {
  const time = new ManualTime(0);
  const stop = new AbortController();
  const slept = time.sleep(50, stop.signal);
  stop.abort("enough");
  await expect(slept).rejects.toBe("enough");
  expect(time.sleeping).toBe(0);
  await expect(time.sleep(50, AbortSignal.abort("before"))).rejects.toBe("before");
  expect(time.sleeping).toBe(0);
});

test("a signal that fires after waking has no effect", async () => {
  const time = new ManualTime(0);
  const stop = new AbortController();
  const slept = time.sleep(50, stop.signal);
  time.advance(50);
  stop.abort();
  await slept;
});

test("an alarm rings once, when its time has come, unless it was cancelled before", async () => {
  const time = new ManualTime(0);
  const rung: string[] = [];
  time.alarm(50, () => rung.push("rings"));
  const cancel = time.alarm(50, () => rung.push("cancelled"));
  expect([cancel(), time.sleeping]).toEqual([undefined, 1]);
  time.advance(49);
  expect(rung).toEqual([]);
  time.advance(1);
  time.advance(100);
  cancel();
  expect([rung, time.sleeping]).toEqual([["rings"], 0]);
});

test("an alarm for now rings later all the same, and can still be cancelled", async () => {
  const time = new ManualTime(0);
  const rung: number[] = [];
  time.alarm(0, () => rung.push(1));
  time.alarm(0, () => rung.push(2))();
  expect(rung).toEqual([]);
  await turn();
  expect(rung).toEqual([1]);
});
