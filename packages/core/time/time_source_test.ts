import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { systemTime } from "./mod.ts";

test("now is the computer's clock", () => {
  const before = Date.now();
  const now = systemTime.now();
  expect(now).toBeGreaterThanOrEqual(before);
  expect(now).toBeLessThanOrEqual(Date.now());
});

test("sleeps on real timers", async () => {
  const before = performance.now();
  await systemTime.sleep(20);
  expect(performance.now() - before).toBeGreaterThanOrEqual(19);
});

describe("with the timers in hand", () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  test("sleeps exactly as long as asked", async () => {
    let woken = false;
    const slept = systemTime.sleep(1000).then(() => woken = true);
    await vi.advanceTimersByTimeAsync(999);
    expect(woken).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await slept;
  });

  test("a signal ends a sleep with its reason and leaves no timer behind", async () => {
    const stop = new AbortController();
    const slept = systemTime.sleep(1000, stop.signal);
    stop.abort("enough");
    await expect(slept).rejects.toBe("enough");
    expect(vi.getTimerCount()).toBe(0);
    await expect(systemTime.sleep(1000, AbortSignal.abort("before"))).rejects.toBe("before");
    expect(vi.getTimerCount()).toBe(0);
  });

  test("leaves no listener on a signal that lives longer", async () => {
    const removed = vi.spyOn(AbortSignal.prototype, "removeEventListener");
    const slept = systemTime.sleep(10, new AbortController().signal);
    await vi.advanceTimersByTimeAsync(10);
    await slept;
    expect(removed).toHaveBeenCalledTimes(1);
    removed.mockRestore();
  });

  test("a sleep longer than a timer can take does not end at once", async () => {
    const days30 = 30 * 86_400_000; // more than 31 bits of milliseconds
    let woken = false;
    const slept = systemTime.sleep(days30).then(() => woken = true);
    await vi.advanceTimersByTimeAsync(days30 - 1);
    expect(woken).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    await slept;
  });

  test("a sleep without end waits for its signal", async () => {
    const stop = new AbortController();
    let over = false;
    const slept = systemTime.sleep(Infinity, stop.signal).finally(() => over = true);
    slept.catch(() => {});
    await vi.advanceTimersByTimeAsync(90 * 86_400_000);
    expect(over).toBe(false);
    stop.abort("enough");
    await expect(slept).rejects.toBe("enough");
  });

  test("an alarm rings once, unless it was cancelled before", async () => {
    const rung: string[] = [];
    systemTime.alarm(1000, () => rung.push("rings"));
    const cancel = systemTime.alarm(1000, () => rung.push("cancelled"));
    await vi.advanceTimersByTimeAsync(999);
    expect(rung).toEqual([]);
    cancel();
    expect(vi.getTimerCount()).toBe(1);
    await vi.advanceTimersByTimeAsync(10_000);
    cancel();
    expect(rung).toEqual(["rings"]);
  });

  test("an alarm longer than a timer can take can be cancelled after the first timer", async () => {
    const rung: string[] = [];
    const days30 = 30 * 86_400_000;
    const cancel = systemTime.alarm(days30, () => rung.push("cancelled"));
    systemTime.alarm(days30, () => rung.push("rings"));
    await vi.advanceTimersByTimeAsync(days30 - 1);
    cancel();
    await vi.advanceTimersByTimeAsync(days30);
    expect(rung).toEqual(["rings"]);
  });
});
