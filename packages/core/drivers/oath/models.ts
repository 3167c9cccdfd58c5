import type { KnownModel, TokenTraits } from "../../token/mod.ts";

/** What is known of a token before its model is looked up. */
export interface OathSigns {
  /** Answer to reset, where the transport tells it. */
  readonly atr?: Uint8Array | undefined;
  /** Version that its OATH application told. */
  readonly version: readonly [number, number, number];
  /** Whether it told a serial number there, as the Nitrokey 3 alone does. */
  readonly tellsSerial?: boolean | undefined;
}

/** One row of the model table. */
export interface OathModel {
  /** Name as the maker writes it. */
  readonly model: string;
  /** Part of the answer to reset, in lower case; "" where any will do. */
  readonly atr: string;
  /** The first version of its OATH application that this row is for. */
  readonly from: readonly [number, number, number];
  /** How many entries it holds. */
  readonly entries: number;
  /** Hash functions. */
  readonly algorithms: TokenTraits["algorithms"];
  /** Code lengths. */
  readonly digits: readonly number[];
  /** Whether an entry can ask for a touch. */
  readonly touch: boolean;
  /** Whether it is reset with the application's own command. */
  readonly resets: boolean;
  /** What a person does for a reset. */
  readonly hands: TokenTraits["hands"];
  /** Where this row was learned. */
  readonly source: string;
  /** What of it is assumed. */
  readonly remark?: string | undefined;
}

const MAKER =
  "developers.yubico.com@b3efe70, Yubico/yubikey-manager@b0dbb7f, and the technical manual " +
  "on docs.yubico.com";
const YUBIKEY = {
  atr: "yubikey",
  entries: 32,
  algorithms: ["SHA1", "SHA256", "SHA512"],
  digits: [6, 7, 8],
  touch: true,
  resets: true,
  hands: [],
  source: MAKER,
} as const;

/** The models, in the order in which they are looked through: the first row that fits counts. */
export const OATH_MODELS: readonly OathModel[] = [
  {
    model: "CanoKey",
    atr: "canokey",
    from: [0, 0, 0],
    entries: 100,
    algorithms: ["SHA1", "SHA256", "SHA512"],
    digits: [6, 7, 8],
    touch: true,
    hands: [],
    resets: false, // that is done with an application of its own
    source: "canokeys/canokey-core@26dc6e8, built on a PC and asked",
  },
  {
    model: "Nitrokey 3",
    atr: "nitrokey",
    from: [0, 0, 0],
    entries: 50,
    remark:
      "how many seeds fit is not known, its memory is shared; it refuses by itself what does not fit.",
    algorithms: ["SHA1", "SHA256"],
    digits: [6, 7, 8],
    touch: true,
    resets: true,
    hands: ["tap"],
    source: "Nitrokey/trussed-secrets-app@e72e804, Nitrokey/nitrokey-sdk-py@d39506a",
  },
  { ...YUBIKEY, model: "YubiKey 5", from: [5, 7, 0], entries: 64 },
  { ...YUBIKEY, model: "YubiKey 5", from: [5, 0, 0] },
  { ...YUBIKEY, model: "YubiKey 4", from: [4, 3, 1] },
  { ...YUBIKEY, model: "YubiKey 4", from: [4, 0, 0], algorithms: ["SHA1", "SHA256"], touch: false },
  {
    ...YUBIKEY,
    model: "YubiKey NEO",
    from: [0, 0, 0],
    entries: 28,
    algorithms: ["SHA1", "SHA256"],
    touch: false,
    source: "Yubico/ykneo-oath@543b4c3",
  },
  {
    ...YUBIKEY,
    model: "OATH application of the published protocol",
    atr: "",
    from: [0, 0, 0],
    algorithms: ["SHA1", "SHA256"],
    touch: false,
    source: "developers.yubico.com@b3efe70: what every application of this protocol can do",
    remark: "how many seeds fit is not known; it refuses by itself what does not fit.",
  },
];

/**
 * Looks a token up. The protocol is public and has no command that a relative would take for another one,
 * so the last row fits every token that answers in it, and asks of it only what all of them can do.
 *
 * @example A YubiKey of firmware 5.7
 * ```ts
 * import { findOathModel } from "@otpsmith/core/drivers/oath";
 *
 * const atr = new TextEncoder().encode("..YubiKey..");
 * if (findOathModel({ atr, version: [5, 7, 1] }).entries !== 64) throw new Error("unexpected");
 * ```
 */
export function findOathModel({ atr, version, tellsSerial }: OathSigns): OathModel {
  const text = tellsSerial ? "nitrokey" : String.fromCharCode(...atr ?? []).toLowerCase();
  const reached = (from: OathModel["from"]): boolean => compare(version, from) >= 0;
  return OATH_MODELS.find((row) => text.includes(row.atr) && reached(row.from))!;
}

function compare(a: OathModel["from"], b: OathModel["from"]): number {
  return a[0] - b[0] || a[1] - b[1] || a[2] - b[2];
}

/** Longest name, with the time step that may stand before it. */
export const NAME_BYTES = 64;

/**
 * What a model can do. A token keeps no time step: it stands before the name, so any will do that is
 * written as a number.
 */
export function oathTraits(
  row: OathModel,
  { locked }: { readonly locked: boolean },
): TokenTraits {
  return {
    slots: {
      count: row.entries,
      titleBytes: NAME_BYTES,
      foundBy: "title",
      titleHoldsPeriod: true,
      eraseFirst: true,
    },
    seed: { minBytes: 1, maxBytes: 64 },
    algorithms: row.algorithms,
    digits: row.digits,
    periods: [30, 60, 15, 10, 20, 40, 45, 50, 90, 120, 180, 240, 300, 600, 900, 1800, 3600],
    displayOffSeconds: [],
    clockWrite: "none",
    settings: "with-seed",
    touch: row.touch,
    access: locked ? "password" : "none",
    proof: ["computed"],
    hands: [],
  };
}

/** The table as lists and documents have it; a password is taken to be set. */
export const OATH_KNOWN_MODELS: readonly KnownModel[] = OATH_MODELS.map((row) => {
  const { model, atr, from, source, remark } = row;
  const sign = atr === "" ? "any other that answers" : `answer to reset with "${atr}"`;
  const since = compare(from, [0, 0, 0]) > 0 ? `, version from ${from.join(".")}` : "";
  return { model, toldBy: sign + since, traits: oathTraits(row, { locked: true }), source, remark };
});
