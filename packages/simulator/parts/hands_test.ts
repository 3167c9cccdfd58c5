import { beforeEach, describe, expect, test } from "vitest";
import { ManualTime } from "@otpsmith/core/time";
import { Hands } from "./hands.ts";

let time: ManualTime;
let events: string[];
let seconds: number | undefined;

beforeEach(() => {
  time = new ManualTime(0);
  events = [];
  seconds = undefined;
});

function take(): Hands {
  return new Hands({
    wake: () => events.push("wake"),
    forget: () => events.push("forget"),
    autoOffSeconds: () => seconds,
  }, time);
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

test("present means switched on and on the reader; listeners hear of changes only", () => {
  const hands = take();
  const heard: boolean[] = [];
  const stop = hands.onPresence((present) => heard.push(present));
  expect(hands.present).toBe(true);
  hands.place();
  hands.switchOn();
  expect(heard).toEqual([]);
  hands.takeAway();
  hands.switchOff();
  hands.switchOn();
  expect([hands.on, hands.placed, hands.present]).toEqual([true, false, false]);
  hands.place();
  hands.powerCycle();
  expect(heard).toEqual([false, true, false, true]);
  stop();
  hands.switchOff();
  expect(heard.length).toBe(4);
});

test("RAM is lost with the field and with power; only switching on wakes", () => {
  const hands = take();
  hands.takeAway();
  expect(events).toEqual(["forget"]);
  hands.powerCycle();
  expect(events).toEqual(["forget", "forget", "wake"]);
  hands.switchOn(); // is on
  hands.switchOff();
  hands.switchOff(); // is off
  expect(events).toEqual(["forget", "forget", "wake", "forget"]);
});

describe("a token that switches itself off", () => {
  beforeEach(() => {
    seconds = 15;
  });

  test("is gone after its time, counted from switching on", () => {
    const hands = take();
    time.advance(14_999);
    expect(hands.present).toBe(true);
    time.advance(1);
    expect([hands.on, hands.present]).toEqual([false, false]);
    expect(events).toEqual(["forget"]);
    hands.switchOn();
    expect([hands.present, events.at(-1)]).toEqual([true, "wake"]);
    time.advance(15_000);
    expect(hands.present).toBe(false);
  });

  test("tells listeners when it happens, and only then has a timer", async () => {
    const hands = take();
    expect(time.sleeping).toBe(0);
    const heard: boolean[] = [];
    const stop = hands.onPresence((present) => heard.push(present));
    expect(time.sleeping).toBe(1);
    time.advance(15_000);
    await turn();
    expect(heard).toEqual([false]);
    expect(time.sleeping).toBe(0);
    hands.switchOn();
    expect(time.sleeping).toBe(1);
    stop();
    expect(time.sleeping).toBe(0);
  });
});
