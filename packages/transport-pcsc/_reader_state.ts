import type { ReaderState } from "./binding.ts";

/** Flags of `dwEventState` (pcsclite.h). */
const EMPTY = 0x10;
const PRESENT = 0x20;
const EXCLUSIVE = 0x80;
const IN_USE = 0x100;
const MUTE = 0x200;

/** Reads what SCardGetStatusChange says about a reader: flags below, a count of events above. */
export function readerState(name: string, eventState: number, atr: Uint8Array): ReaderState {
  const present = (eventState & PRESENT) !== 0 && (eventState & EMPTY) === 0;
  return {
    name,
    card: !present ? "absent" : (eventState & MUTE) !== 0 ? "mute" : "present",
    inUse: (eventState & (EXCLUSIVE | IN_USE)) !== 0,
    atr: present && atr.length > 0 ? atr : undefined,
    events: eventState >>> 16,
  };
}
