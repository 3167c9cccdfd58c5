import { expect, test } from "vitest";
import { ManualTime } from "@otpsmith/core/time";
import { Button } from "./button.ts";

test("is pressed at once unless somebody else stands beside it", async () => {
  expect(await new Button(new ManualTime(0)).pressed(15_000)).toBe(true);
});

test("is pressed late: in time or not", async () => {
  for (const [afterMs, pressed] of [[3000, true], [15_000, false], [20_000, false]] as const) {
    const time = new ManualTime(0);
    const button = new Button(time, { afterMs });
    const waiting = button.pressed(15_000);
    expect(button.blinking).toBe(true);
    time.advance(Math.min(afterMs, 15_000));
    expect(await waiting).toBe(pressed);
    expect(button.blinking).toBe(false);
  }
});

test("is never pressed, or by hand", async () => {
  const time = new ManualTime(0);
  const never = new Button(time, { never: true }).pressed(15_000);
  time.advance(15_000);
  expect(await never).toBe(false);
  const button = new Button(time, { byHand: true });
  button.press(); // while nothing waits
  const waiting = button.pressed(15_000);
  button.press();
  expect(await waiting).toBe(true);
});
