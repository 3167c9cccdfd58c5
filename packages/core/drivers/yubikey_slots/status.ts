import type { Cursor } from "../../bytes/mod.ts";

/** What a token says of its slots. */
export interface SlotStatus {
  /** Version of the firmware. */
  readonly version: readonly [number, number, number];
  /** Rises by one with each write, and falls to 0 when the last slot is emptied. */
  readonly sequence: number;
  /** Whether slot 1 and slot 2 hold something. */
  readonly used: readonly [boolean, boolean];
}

/** Reads the six bytes of a status: version, sequence, flags (least significant byte first). */
export function readStatusBytes(data: Cursor): SlotStatus {
  const version = [data.u8(), data.u8(), data.u8()] as const;
  if (version[0] < 1 || version[0] > NEWEST) {
    throw new RangeError(`Cannot read status: no key has version ${version.join(".")}`);
  }
  const sequence = data.u8();
  const flags = data.u8();
  data.skip(1);
  return { version, sequence, used: [(flags & 0x01) !== 0, (flags & 0x02) !== 0] };
}

/** The newest firmware is of version 5; whatever says to be far beyond that is no status. */
const NEWEST = 15;

/**
 * What became of a write, told by what a token said before and after it.
 *
 * - `written`: its sequence has moved by one, or fallen to 0 with the last slot.
 * - `refused`: nothing has moved.
 * - `unclear`: the two do not fit each other. One of them was garbled, so nobody knows.
 */
export function outcomeOfWrite(
  before: SlotStatus,
  after: SlotStatus,
  { slot, empties }: { readonly slot: 1 | 2; readonly empties: boolean },
): "written" | "refused" | "unclear" {
  if (after.version.join() !== before.version.join()) return "unclear";
  const uses = (one: 1 | 2): boolean => after.used[one - 1]!;
  const moved = after.sequence === ((before.sequence + 1) & 0xff);
  if (moved && uses(slot) === !empties) return "written";
  if (empties && after.sequence === 0 && !uses(1) && !uses(2)) return "written";
  if (after.sequence !== before.sequence) return "unclear";
  return after.used.join() === before.used.join() ? "refused" : "unclear";
}
