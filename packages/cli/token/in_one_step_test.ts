import { afterEach, expect, test, vi } from "vitest";
import { inOneStep } from "./in_one_step.ts";

afterEach(() => void vi.useRealTimers());

test("a code is read again where the next time step began meanwhile", async () => {
  vi.useFakeTimers({ now: 29_900 });
  const codes = ["old", "new"];
  const read = (): string => {
    vi.setSystemTime(Date.now() + 200);
    return codes.shift()!;
  };
  expect(await inOneStep(30, read)).toEqual({ code: "new", shownAt: 30_100 });
});

test("who is slower than a time step is asked three times, and no more", async () => {
  vi.useFakeTimers({ now: 0 });
  let reads = 0;
  const read = (): number => {
    vi.setSystemTime(Date.now() + 31_000);
    return ++reads;
  };
  expect(await inOneStep(30, read)).toEqual({ code: 3, shownAt: 62_000 });
});
