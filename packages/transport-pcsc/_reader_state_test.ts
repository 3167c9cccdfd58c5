import { expect, test } from "vitest";
import { readerState } from "./_reader_state.ts";

const atr = Uint8Array.of(0x3b, 0x80);

test.each([
  [0x0001_0022, { card: "present", inUse: false, atr, events: 1 }], // PRESENT, CHANGED
  [0x0003_01a2, { card: "present", inUse: true, atr, events: 3 }], // EXCLUSIVE and INUSE as well
  [0x0003_0122, { card: "present", inUse: true, atr, events: 3 }],
  [0x0002_0012, { card: "absent", inUse: false, atr: undefined, events: 2 }], // EMPTY
  [0x0002_0222, { card: "mute", inUse: false, atr, events: 2 }],
  [0x0000_0006, { card: "absent", inUse: false, atr: undefined, events: 0 }], // UNKNOWN
  [0xffff_0022, { card: "present", inUse: false, atr, events: 65535 }], // not a negative number
])("reads 0x%s", (state, expected) => {
  expect(readerState("Desk", state, atr)).toEqual({ name: "Desk", ...expected });
});
