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
  const sequence = data.u8();
  const flags = data.u8();
  data.skip(1);
  return { version, sequence, used: [(flags & 0x01) !== 0, (flags & 0x02) !== 0] };
}

/** Whether a write between these two was carried out. */
export function wasWritten(before: number, after: SlotStatus): boolean {
  if (after.sequence === before + 1) return true;
  return before > 0 && after.sequence === 0 && !after.used[0] && !after.used[1];
}
