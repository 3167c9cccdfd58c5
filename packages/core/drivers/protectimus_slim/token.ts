import type { FrameSession } from "../../command/mod.ts";
import type {
  ConfigurationFacet,
  Evidence,
  ShownCodeFacet,
  Token,
  TokenIdentity,
  TokenTraits,
} from "../../token/mod.ts";
import { type ProtectimusInfo, readCode, setClock } from "./commands.ts";
import { protectimusFraming } from "./framing.ts";

/**
 * The only version of which it is known that its clock can be set: SYSS-2021-007 names 70 and 10.01. Where the
 * part behind the point stands is not known.
 */
const KNOWN = { hardware: "70", firmware: "10" } as const;

/** What a version can do. Hash function and length of the seed are not on the wire. */
export function slimTraits(
  { setsClock, periods }: { readonly setsClock: boolean; readonly periods: readonly number[] },
): TokenTraits {
  return {
    slots: { count: 1, titleBytes: 0 },
    seed: { minBytes: 0, maxBytes: 0 },
    seedRefused: "how its seed is written is not public",
    algorithms: ["SHA1"],
    digits: [6],
    periods,
    displayOffSeconds: [],
    clockWrite: setsClock ? "keeps-seeds" : "none",
    access: "none",
    proof: ["display"],
    hands: ["power-cycle"],
  };
}

/** What a recognised token is made from. */
export interface RecognisedSlim {
  /** The open session. */
  readonly session: FrameSession;
  /** What the token said. */
  readonly info: ProtectimusInfo;
  /** How well the driver is known to work. */
  readonly evidence: Evidence;
}

/** A Protectimus SLIM NFC: its code can be read and, on the known version, its clock set. */
export class ProtectimusSlimToken implements Token {
  readonly identity: TokenIdentity;
  readonly traits: TokenTraits;
  readonly evidence: Evidence;
  readonly configuration: ConfigurationFacet | undefined;
  readonly shownCode: ShownCodeFacet;

  /** Later versions are said to take no clock: those that are not the known one are only read. */
  constructor({ session, info, evidence }: RecognisedSlim) {
    const { hardware, firmware, hasClock, period } = info;
    const known = hardware === KNOWN.hardware && firmware === KNOWN.firmware;
    const setsClock = known && hasClock && period !== undefined;
    this.identity = {
      driver: "protectimus_slim",
      family: "Protectimus SLIM NFC",
      model: `SLIM NFC (hardware ${hardware}, firmware ${firmware})`,
      serial: "not told",
    };
    this.evidence = evidence;
    this.traits = slimTraits({ setsClock, periods: period === undefined ? [30, 60] : [period] });
    const call = { framing: protectimusFraming };
    this.shownCode = {
      read: (options) => session.send(readCode, undefined, { ...options, ...call }),
    };
    if (!setsClock) return;
    // The time step goes with the clock; it stays what the token says, or its codes would change.
    this.configuration = {
      repeatable: setClock.repeatable,
      write: ({ clockSeconds: seconds }, { slot: _, ...options } = {}) =>
        session.send(setClock, { seconds, period }, { ...options, ...call }),
    };
  }
}
