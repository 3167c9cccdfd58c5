/** What an answer to reset says of the protocols of a card (ISO/IEC 7816-3, section 8). */
export interface AtrProtocols {
  /** The protocols that it offers, the first one first. T=0 where it names none. */
  readonly offered: readonly number[];
  /** IFSC of T=1: most bytes that a block to the card carries. 32 unless it says otherwise. */
  readonly ifsc: number;
  /** Whether blocks of T=1 end with a CRC of two bytes, instead of an LRC of one. */
  readonly crc: boolean;
}

/** Reads the interface bytes of an ATR. What is cut off counts as not said. */
export function protocolsOf(atr: Uint8Array): AtrProtocols {
  const offered: number[] = [];
  let ifsc = 32;
  let crc = false;
  let first = true;
  let at = 2;
  let present = atr[1] ?? 0;
  // Interface bytes are those of a protocol from the third group on; before, they are for all.
  for (let group = 1, protocol = -1;; group++) {
    const value = (bit: number): number | undefined => present & bit ? atr[at++] : undefined;
    const [ta, , tc, td] = [value(0x10), value(0x20), value(0x40), value(0x80)];
    if (group > 2 && protocol === 1 && first) {
      ifsc = ta ?? ifsc;
      crc = ((tc ?? 0) & 1) === 1;
      first = false;
    }
    if (td === undefined) break;
    present = td;
    protocol = td & 0x0f;
    if (protocol !== 15 && !offered.includes(protocol)) offered.push(protocol);
  }
  return { offered: offered.length > 0 ? offered : [0], ifsc, crc };
}
