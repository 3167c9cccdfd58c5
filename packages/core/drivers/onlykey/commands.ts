import type { Cursor } from "../../bytes/mod.ts";
import {
  defineMessageCommand,
  type MessageCommandDefinition,
  type Refusal,
} from "../../command/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import { LOCKED, NOT_IN_CONFIG_MODE, NOT_SET_UP, OTHER_ERROR, textOf } from "./framing.ts";

// trustcrypto/python-onlykey@c983cca; what it answers: trustcrypto/libraries (onlykey.cpp), python-onlykey's README.

const REFUSALS: Readonly<Record<number, Refusal>> = {
  [LOCKED]: {
    kind: "bad-key",
    says: "it is locked",
    next: "Type the PIN on the token's own buttons.",
  },
  [NOT_SET_UP]: { kind: "refused", says: "it was never set up", next: "Set a PIN on it first." },
  [NOT_IN_CONFIG_MODE]: {
    kind: "refused",
    says: "it is not in configuration mode",
    next: "Hold button 6 down for five seconds, type the PIN again, and repeat.",
  },
  [OTHER_ERROR]: { kind: "refused", says: "the token reports an error" },
};

const MESSAGE = { setTime: 0xe4, labels: 0xe5, setSlot: 0xe6, wipeSlot: 0xe7 } as const;
const FIELD = { label: 0x01, codeType: 0x08, totpKey: 0x09 } as const;
/** "Google Authenticator": a TOTP of six digits and 30 s with SHA-1. */
const TOTP = 0x67;
const REPORT = 64;

/** Sets the clock, which the token needs for codes; it cannot be read. */
export const setTime: MessageCommandDefinition<number, void> = defineMessageCommand({
  name: "set clock",
  effect: "writes-clock",
  repeatable: true,
  encode: (seconds) => {
    const hex = seconds.toString(16);
    const even = hex.length % 2 === 0 ? hex : `0${hex}`;
    const bytes = even.match(/../g)!.map((pair) => parseInt(pair, 16)); // the shortest form
    return Uint8Array.of(MESSAGE.setTime, ...bytes);
  },
  decode: expectUnlocked,
  refusals: REFUSALS,
  secrets: [],
});

/** "UNLOCKED" and its version. */
function expectUnlocked(data: Cursor): void {
  if (!textOf(data.take(data.left)).startsWith("UNLOCKED")) {
    throw new RangeError("Cannot read answer: it does not say that the token is unlocked");
  }
}

/** Reads the labels of its slots, by slot number; those without one are empty. */
export const readLabels: MessageCommandDefinition<void, ReadonlyMap<number, string>> =
  defineMessageCommand({
    name: "read labels",
    effect: "none",
    repeatable: true,
    encode: () => Uint8Array.of(MESSAGE.labels),
    decode: (data) => {
      const labels = new Map<number, string>();
      while (data.left > 0) {
        const report = data.take(REPORT);
        if (report[1] !== 0x7c) throw new RangeError("Cannot read label: the bar is missing");
        // From 10 on older firmware counts as decimal digits in hexadecimal: 10, 11, 12.
        const slot = report[0]! >= 0x10 ? report[0]! - 6 : report[0]!;
        labels.set(slot, textOf(report.subarray(2)).replace(/[\s\u{fffd}]+$/u, ""));
      }
      return labels;
    },
    refusals: REFUSALS,
    secrets: [],
  });

/** Expects "Successfully …". */
function expectSuccess(data: Cursor): void {
  if (!/^success/i.test(textOf(data.take(data.left)))) {
    throw new RangeError("Cannot read answer: it does not say that the token did it");
  }
}

/** Writes the label of a slot. */
export const writeLabel: MessageCommandDefinition<
  { readonly slot: number; readonly label: Uint8Array },
  void
> = defineMessageCommand({
  name: "write label",
  effect: "writes-config",
  repeatable: true,
  encode: ({ slot, label }) => Uint8Array.of(MESSAGE.setSlot, slot, FIELD.label, ...label),
  decode: expectSuccess,
  refusals: REFUSALS,
  secrets: [],
});

/** Makes a slot give codes. */
export const writeCodeType: MessageCommandDefinition<number, void> = defineMessageCommand({
  name: "write type of code",
  effect: "writes-config",
  repeatable: true,
  encode: (slot) => Uint8Array.of(MESSAGE.setSlot, slot, FIELD.codeType, TOTP),
  decode: expectSuccess,
  refusals: REFUSALS,
  secrets: [],
});

/** Writes the seed of a slot. */
export const writeSeed: MessageCommandDefinition<
  { readonly slot: number; readonly seed: Secret },
  void
> = defineMessageCommand({
  name: "write seed",
  effect: "writes-seed",
  repeatable: true,
  encode: ({ slot, seed }) => {
    const message = new Uint8Array(3 + seed.length);
    message.set([MESSAGE.setSlot, slot, FIELD.totpKey]);
    seed.use((bytes) => message.set(bytes, 3));
    return message;
  },
  decode: expectSuccess,
  refusals: REFUSALS,
  secrets: [{ in: "command", from: 3 }],
});
