import { expect, test } from "vitest";
import { HastyTime } from "./mod.ts";

const HOUR = 3_600_000;

test("who sleeps is woken at once, an hour later", async () => {
  const time = new HastyTime();
  const before = time.now();
  await time.sleep(HOUR);
  expect(time.now() - before).toBeGreaterThanOrEqual(HOUR);
  expect(time.now() - before).toBeLessThan(2 * HOUR);
});

test("a sleep that is given up moves nothing", async () => {
  const time = new HastyTime();
  const over = new AbortController();
  const slept = time.sleep(HOUR, over.signal);
  over.abort(new Error("enough"));
  await expect(slept).rejects.toThrow("enough");
  expect(time.now() - Date.now()).toBeLessThan(HOUR);
});

test("alarms ring once: when their time was slept, or has passed; not after they were cancelled", async () => {
  const time = new HastyTime();
  const rung: string[] = [];
  time.alarm(HOUR, () => rung.push("slept"));
  time.alarm(2 * HOUR, () => rung.push("later"))();
  time.alarm(1, () => rung.push("passed"));
  await time.sleep(0);
  await expect.poll(() => rung).toEqual(["passed"]);
  await time.sleep(HOUR);
  await time.sleep(2 * HOUR);
  expect(rung).toEqual(["passed", "slept"]);
});
