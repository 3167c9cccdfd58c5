import type { CommandApdu } from "../../apdu/mod.ts";
import { type ApduCommandDefinition, defineCommand, type Refusal } from "../../command/mod.ts";
import { concatBytes } from "../../bytes/mod.ts";
import {
  dataWithMac,
  encryptEcb,
  type MacInput,
  padIso9797,
  type Sm4,
  SM4_BLOCK_BYTES,
} from "../../crypto/mod.ts";
import type { OtpAlgorithm } from "../../otp/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import type { TokenConfiguration } from "../../token/mod.ts";
import { NOT_THIS_FAMILY } from "./commands.ts";

const NOT_AUTHENTICATED: Refusal = {
  kind: "refused",
  says: "the token does not take the command as authenticated",
  next: "Unplug the token, plug it in and do it again.",
};
const BAD_DATA: Refusal = { kind: "refused", says: "the token does not accept these values" };
const BAD_LENGTH: Refusal = { kind: "refused", says: "the token does not accept this length" };
const OCCUPIED: Refusal = {
  kind: "refused",
  says: "the profile holds a seed, and the token wants that erased first",
  next: "Erase the slot, then burn again.",
};
const WANTS_BUTTON: Refusal = {
  kind: "wants-touch",
  says: "the token waits for its ▲ button",
  next: "Press ▲ on the token.",
};

const REFUSALS: Readonly<Record<number, Refusal>> = {
  0x6700: BAD_LENGTH,
  0x6982: NOT_AUTHENTICATED,
  0x6983: NOT_AUTHENTICATED,
  0x6985: OCCUPIED,
  0x6a80: BAD_DATA,
  0x6a86: { kind: "refused", says: "the token has no profile of that number" },
  0x6d00: NOT_THIS_FAMILY,
  0x6e00: NOT_THIS_FAMILY,
};

/** The cipher of the session and the profile that is written. */
export interface Molto2Target {
  /** Keyed with the SM4 key of the customer key. */
  readonly cipher: Sm4;
  /** Number of the profile, from 0. */
  readonly slot: number;
}

/**
 * Writes the seed of a profile, always padded (80, then zeros), as the maker's tool does. Writing the same
 * seed twice leaves the same seed, if the profile is erased in between.
 */
export const writeMolto2Seed: ApduCommandDefinition<
  Molto2Target & { readonly seed: Secret },
  void
> = defineCommand({
  name: "write seed",
  effect: "writes-seed",
  repeatable: true,
  encode: ({ cipher, slot, seed }) =>
    seed.use((bytes) => sealed(cipher, { ins: 0xc5, p1: 0x01, p2: slot }, padIso9797(bytes))),
  decode: () => undefined,
  refusals: REFUSALS,
  // Whoever knows the key, which is published until an owner changes it, sees the seed.
  secrets: [{ in: "command", from: 0 }],
});

/**
 * Clears a profile with a seed of zeros, padded with zeros alone: the older way, for tokens that do not
 * know {@linkcode eraseProfile}.
 */
export const clearProfile: ApduCommandDefinition<Molto2Target, void> = defineCommand({
  name: "clear profile",
  effect: "erases",
  repeatable: true,
  encode: ({ cipher, slot }) =>
    sealed(cipher, { ins: 0xc5, p1: 0x01, p2: slot }, new Uint8Array(2 * SM4_BLOCK_BYTES)),
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 0 }],
});

/** Erases the seed of a profile; title and settings stay. The maker wants the session authenticated. */
export const eraseProfile: ApduCommandDefinition<{ readonly slot: number }, void> = defineCommand({
  name: "erase slot",
  effect: "erases",
  repeatable: true,
  encode: ({ slot }) => ({ cla: 0x80, ins: 0xe6, p1: 0, p2: slot }),
  decode: () => undefined,
  refusals: { ...REFUSALS, 0x6a83: { kind: "refused", says: "there is no seed in it" } },
  secrets: [],
});

/** Writes a title of 1 to 12 bytes of UTF-8, which anybody can read. */
export const writeProfileTitle: ApduCommandDefinition<
  Molto2Target & { readonly title: string },
  void
> = defineCommand({
  name: "write title",
  effect: "writes-config",
  repeatable: true,
  encode: ({ cipher, slot, title }) => {
    const bytes = new TextEncoder().encode(title);
    if (bytes.length < 1 || bytes.length > 12) {
      throw new RangeError(`Cannot encode title: it has ${bytes.length} bytes, 1 to 12 fit`);
    }
    return sealed(cipher, { ins: 0xd5, p1: 0, p2: slot }, padIso9797(bytes));
  },
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 0 }],
});

const ALGORITHM_CODES: Readonly<Partial<Record<OtpAlgorithm, number>>> = { SHA1: 1, SHA256: 2 };
const DISPLAY_OFF_CODES: Readonly<Record<number, number>> = { 15: 0, 30: 1, 60: 2, 120: 3 };

/** Writes all settings of a profile, its clock among them. */
export const writeProfileConfiguration: ApduCommandDefinition<
  Molto2Target & { readonly configuration: TokenConfiguration },
  void
> = defineCommand({
  name: "write configuration and clock",
  effect: "writes-config",
  repeatable: true,
  encode: ({ cipher, slot, configuration }) => {
    const { algorithm, digits, period, displayOffSeconds, clockSeconds } = configuration;
    const body = Uint8Array.of(
      ...[0x81, 0x14],
      ...[0x1f, 0x01, code(DISPLAY_OFF_CODES, displayOffSeconds)],
      ...clockTag(clockSeconds),
      ...[0x86, 0x09],
      ...[0x0a, 0x01, code(ALGORITHM_CODES, algorithm)],
      ...[0x0b, 0x01, digits],
      ...[0x0d, 0x01, period],
    );
    return withMac(cipher, { ins: 0xd4, p1: 0x01, p2: slot }, body);
  },
  decode: () => undefined,
  refusals: REFUSALS,
  // The body is known: a MAC beside it would let an owner's key be searched for offline.
  secrets: [{ in: "command", from: 22 }],
});

/** Sets the clock of a profile and nothing else. */
export const writeProfileClock: ApduCommandDefinition<
  Molto2Target & { readonly clockSeconds: number },
  void
> = defineCommand({
  name: "set clock",
  effect: "writes-clock",
  repeatable: true,
  encode: ({ cipher, slot, clockSeconds }) =>
    withMac(
      cipher,
      { ins: 0xd4, p1: 0x01, p2: slot },
      Uint8Array.of(0x81, 0x06, ...clockTag(clockSeconds)),
    ),
  decode: () => undefined,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 8 }],
});

/**
 * Gives the token another customer key, of which it gets the SM4 key alone. It answers 9060 and takes the
 * key when a person presses ▲; that it did, it does not say.
 */
export const writeCustomerKey: ApduCommandDefinition<
  { readonly cipher: Sm4; readonly next: Uint8Array },
  void
> = defineCommand({
  name: "change customer key",
  effect: "writes-key",
  repeatable: false,
  encode: ({ cipher, next }) =>
    sealed(
      cipher,
      { ins: 0xd7, p1: 0, p2: 0 },
      concatBytes([Uint8Array.of(0), next, Uint8Array.of(0x80), new Uint8Array(14)]),
    ),
  decode: () => undefined,
  refusals: { ...REFUSALS, 0x9060: WANTS_BUTTON },
  secrets: [{ in: "command", from: 0 }],
});

/** Locks the token's display, or unlocks it. Firmware 2.1 and later. */
export const lockScreen: ApduCommandDefinition<{ readonly locked: boolean }, void> = defineCommand({
  name: "lock screen",
  effect: "writes-config",
  repeatable: true,
  encode: ({ locked }) => ({
    cla: 0x80,
    ins: 0xd8,
    p1: 0x0c,
    p2: 0x02,
    data: locked ? undefined : Uint8Array.of(0x01),
  }),
  decode: () => undefined,
  refusals: {
    ...REFUSALS,
    0x6d00: { kind: "unsupported", says: "its firmware is older than 2.1 and has no such command" },
  },
  secrets: [],
});

/** Erases all profiles and titles and brings the factory key back, when a person presses ▲. */
export const resetToFactory: ApduCommandDefinition<void, void> = defineCommand({
  name: "reset to factory state",
  effect: "erases",
  repeatable: false,
  encode: () => ({ cla: 0x80, ins: 0x56, p1: 0, p2: 0 }),
  decode: () => undefined,
  refusals: { ...REFUSALS, 0x9060: WANTS_BUTTON },
  secrets: [],
});

function clockTag(t: number): readonly number[] {
  return [0x0f, 0x04, t >>> 24, (t >>> 16) & 0xff, (t >>> 8) & 0xff, t & 0xff];
}

type Header = Omit<MacInput, "body">;

/** Encrypts a padded body, which is overwritten, and puts the MAC behind it. */
function sealed(cipher: Sm4, header: Header, padded: Uint8Array): CommandApdu {
  try {
    return withMac(cipher, header, encryptEcb(cipher, padded));
  } finally {
    padded.fill(0);
  }
}

function withMac(cipher: Sm4, header: Header, body: Uint8Array): CommandApdu {
  return { cla: 0x84, ...header, data: dataWithMac(cipher, { ...header, body }) };
}

function code<Key extends string | number>(
  table: Readonly<Partial<Record<Key, number>>>,
  key: Key,
): number {
  const value = table[key];
  if (value === undefined) {
    throw new RangeError(`Cannot encode configuration: ${key} has no code in this family`);
  }
  return value;
}
