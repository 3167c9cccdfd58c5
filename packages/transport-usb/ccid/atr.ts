/** What an answer to reset says of how a card wants to be spoken to (ISO/IEC 7816-3, section 8.2). */
export interface Atr {
  /** Protocols offered, in order; `[0]` where it names none. */
  readonly protocols: readonly number[];
  /** TA1: clock and baud rate factors; `undefined` means the default, 11. */
  readonly ta1: number | undefined;
  /** TC1: extra guard time; 0 unless given. */
  readonly tc1: number;
  /** TA2: the card is in specific mode, with the protocol in its low bits. */
  readonly ta2: number | undefined;
  /** TC2: waiting time integer of T=0; 10 unless given. */
  readonly tc2: number;
  /** IFSC of T=1: the longest information field that the card takes; 32 unless given. */
  readonly ifsc: number;
  /** Waiting times of T=1, BWI and CWI; 4D unless given. */
  readonly waiting: number;
  /** Whether T=1 blocks end with a CRC instead of an LRC. */
  readonly crc: boolean;
}

/** Interface bytes of one group: TA, TB, TC, and the protocol that they are of. */
interface Group {
  readonly protocol: number;
  readonly ta?: number | undefined;
  readonly tb?: number | undefined;
  readonly tc?: number | undefined;
}

const LONGEST = 33;
const TS = [0x3b, 0x3f];
const GLOBAL = 15; // "T=15" holds global interface bytes and is no protocol

/** Reads an ATR; `undefined` for what is none. */
export function readAtr(bytes: Uint8Array): Atr | undefined {
  if (bytes.length < 2 || bytes.length > LONGEST || !TS.includes(bytes[0]!)) return undefined;
  const groups: Group[] = [];
  let at = 2;
  for (let [indicator, protocol] = [bytes[1]!, 0];;) {
    const next = (bit: number): number | undefined => indicator & bit ? bytes[at++] : undefined;
    groups.push({ protocol, ta: next(0x10), tb: next(0x20), tc: next(0x40) });
    const td = next(0x80);
    if (at > bytes.length) return undefined;
    if (td === undefined) break;
    [indicator, protocol] = [td, td & 0x0f];
  }
  const historical = bytes[1]! & 0x0f;
  if (at + historical > bytes.length) return undefined;
  const [first, second] = groups;
  const offered = groups.slice(1).map(({ protocol }) => protocol).filter((p) => p !== GLOBAL);
  const protocols = [...new Set(offered.length > 0 ? offered : [0])];
  // Specific to T=1: the first group of it behind the second (ISO/IEC 7816-3, section 11.4).
  const t1 = groups.slice(2).find(({ protocol }) => protocol === 1);
  return {
    protocols,
    ta1: first!.ta,
    tc1: first!.tc ?? 0,
    ta2: second?.ta,
    tc2: second?.tc ?? 10,
    ifsc: ifscOf(t1?.ta),
    waiting: t1?.tb ?? 0x4d,
    crc: ((t1?.tc ?? 0) & 1) !== 0,
  };
}

/** 00 and FF are reserved (ISO/IEC 7816-3, section 11.4.2). */
function ifscOf(ta: number | undefined): number {
  return ta === undefined || ta === 0 || ta === 0xff ? 32 : ta;
}
