import type { Atr } from "./atr.ts";
import { type CcidInterface, FEATURE } from "./descriptor.ts";

/** A protocol that a card and a reader can have in common. */
export type CardProtocol = 0 | 1;

/** What is agreed with card and reader after the ATR. */
export interface Agreement {
  /** T=0 or T=1. */
  readonly protocol: CardProtocol;
  /** The PPS request to send to the card, where one is to be sent. */
  readonly pps: Uint8Array | undefined;
  /** What SetParameters carries; `undefined` where the reader finds out by itself. */
  readonly parameters: Uint8Array | undefined;
}

const DEFAULT_FACTORS = 0x11;
const PROTOCOLS: readonly CardProtocol[] = [1, 0];

/**
 * What is to be agreed with a card, as libccid does it (LudovicRousseau/CCID, src/ifdhandler.c,
 * IFDHSetProtocolParameters). `undefined` if card and reader have no protocol in common.
 */
export function agree(
  atr: Atr,
  reader: Pick<CcidInterface, "features" | "protocols" | "level">,
): Agreement | undefined {
  const specific = atr.ta2 === undefined ? undefined : atr.ta2 & 0x0f;
  const offered = specific === undefined ? atr.protocols : [specific];
  // T=1 first, as pcscd does it (LudovicRousseau/PCSC, src/prothandler.c).
  const protocol = PROTOCOLS.find((p) => offered.includes(p) && reader.protocols & 1 << p);
  if (protocol === undefined) return undefined;
  if (reader.features & FEATURE.autoNegotiation) {
    return { protocol, pps: undefined, parameters: undefined };
  }
  const byReader = (reader.features & FEATURE.autoPps) !== 0;
  const mayAsk = !byReader && specific === undefined;
  const factors = atr.ta1 ?? DEFAULT_FACTORS;
  const worthIt = factors !== DEFAULT_FACTORS || protocol !== atr.protocols[0];
  const pps = mayAsk && worthIt ? encodePps(protocol, factors) : undefined;
  // Without a PPS the card stays at its defaults, unless it dictates (TA2) or the reader has asked.
  const spoken = pps || byReader || specific !== undefined ? factors : DEFAULT_FACTORS;
  return { protocol, pps, parameters: encodeParameters(atr, { protocol, factors: spoken }) };
}

/** A PPS request (ISO/IEC 7816-3, section 9.2): PPSS, PPS0, PPS1 where the factors are not the default, PCK. */
export function encodePps(protocol: CardProtocol, factors: number): Uint8Array {
  const body = factors === DEFAULT_FACTORS ? [0xff, protocol] : [0xff, 0x10 | protocol, factors];
  return Uint8Array.from([...body, body.reduce((sum, byte) => sum ^ byte, 0)]);
}

/**
 * The factors that a card has agreed to, from its answer to a PPS request; `undefined` if it has not
 * (ISO/IEC 7816-3, section 9.3). It may leave PPS1 out, and stays at the default factors then.
 */
export function acceptedFactors(request: Uint8Array, answer: Uint8Array): number | undefined {
  const sum = answer.reduce((total, byte) => total ^ byte, 0);
  const [start, format, factors] = answer as unknown as number[];
  if (answer.length < 3 || sum !== 0 || start !== 0xff) return undefined;
  if ((format! & 0x0f) !== (request[1]! & 0x0f) || (format! & 0x60) !== 0) return undefined;
  if (!(format! & 0x10)) return answer.length === 3 ? DEFAULT_FACTORS : undefined;
  return answer.length === 4 && factors === request[2] ? factors : undefined;
}

/** What SetParameters carries: 5 bytes for T=0, 7 for T=1 (CCID 1.1, section 6.1.7). */
export function encodeParameters(
  atr: Atr,
  { protocol, factors }: { readonly protocol: CardProtocol; readonly factors: number },
): Uint8Array {
  const { tc1, tc2, waiting, ifsc, crc } = atr;
  return protocol === 0
    ? Uint8Array.of(factors, 0x00, tc1, tc2, 0x00)
    : Uint8Array.of(factors, crc ? 0x11 : 0x10, tc1, waiting, 0x00, ifsc, 0x00);
}
