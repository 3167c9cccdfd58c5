import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes } from "../../bytes/mod.ts";
import type { Secret } from "../../secret/mod.ts";
import { decryptBlocks, encryptBlocks, encryptPadded } from "./_aes.ts";
import { BLOCK_BYTES, randomIv, type SessionKeys, tagOf } from "./blob.ts";
import { AES_256, type PinFlag } from "./pin_commands.ts";

/** How many tries a PIN that is set here has, as the maker's clients write it. */
const TRIES = 0x64;

/** Options of what is made for a session. */
export interface SessionText {
  /** The keys of the session. */
  readonly keys: SessionKeys;
  /** Random unless given. */
  readonly iv?: Uint8Array | undefined;
}

/** What sets the first PIN. */
export async function firstPinText(
  pin: Secret,
  { keys, iv = randomIv() }: SessionText,
): Promise<Uint8Array> {
  const text = await newPinText(pin, { keys, iv });
  return concatBytes([iv, text, tagOf(keys, text)]);
}

/** What replaces a PIN, or takes it away where there is no next one. */
export async function nextPinText(
  { pin, next }: { readonly pin: Secret; readonly next: Secret | undefined },
  { keys, iv = randomIv() }: SessionText,
): Promise<Uint8Array> {
  const text = await newPinText(next, { keys, iv });
  const half = pin.use((bytes) => sha256(bytes)).slice(0, BLOCK_BYTES);
  try {
    const old = await keys.encrypts.use((key) => encryptBlocks({ key, iv }, half));
    return concatBytes([iv, text, tagOf(keys, concatBytes([text, old])), old]);
  } finally {
    half.fill(0);
  }
}

async function newPinText(
  pin: Secret | undefined,
  { keys, iv }: { readonly keys: SessionKeys; readonly iv: Uint8Array },
): Promise<Uint8Array> {
  const head = Uint8Array.of(AES_256, TRIES, pin?.length ?? 0);
  const clear = pin ? pin.use((bytes) => concatBytes([head, bytes])) : head;
  try {
    return await keys.encrypts.use((key) => encryptPadded({ key, iv }, clear));
  } finally {
    clear.fill(0);
  }
}

/** What shows a PIN: the token's random block, under the PIN's digest, under the session. */
export async function pinProof(
  pin: Secret,
  challenge: NonNullable<PinFlag["challenge"]>,
  { keys, iv = randomIv() }: SessionText,
): Promise<Uint8Array> {
  const block = await keys.encrypts.use((key) =>
    decryptBlocks({ key, iv: challenge.iv }, challenge.block)
  );
  const digest = pin.use((bytes) => sha256(bytes));
  try {
    const inner = await encryptBlocks(
      { key: digest, iv: sha256(block).subarray(0, BLOCK_BYTES) },
      block,
    );
    const outer = await keys.encrypts.use((key) => encryptBlocks({ key, iv }, inner));
    return concatBytes([iv, outer]);
  } finally {
    digest.fill(0);
    block.fill(0);
  }
}

/** Fewest digits of a PIN of digits, fewest characters of another one. */
const FEWEST = { digits: 6, others: 10 } as const;
/** One block of the vendor's applet holds three bytes more than the PIN, and one of padding. */
export const MOST_PIN_BYTES = 12;

/**
 * What the token would have against a new PIN (the rules of its maker); `undefined` if nothing.
 *
 * @example Too easy
 * ```ts
 * import { Secret } from "@otpsmith/core";
 * import { pinWeakness } from "@otpsmith/core/drivers/token2_pinplus";
 *
 * const pin = Secret.take(new TextEncoder().encode("123456"));
 * if (pinWeakness(pin) !== "its digits follow each other") throw new Error("unexpected");
 * ```
 */
export function pinWeakness(pin: Secret): string | undefined {
  return pin.use((bytes) => {
    if (bytes.length > MOST_PIN_BYTES) return `it has more than ${MOST_PIN_BYTES} bytes`;
    const digits = bytes.every((byte) => byte >= 0x30 && byte <= 0x39);
    return digits ? weaknessOfDigits(bytes) : weaknessOfText(bytes);
  });
}

function weaknessOfDigits(bytes: Uint8Array): string | undefined {
  if (bytes.length < FEWEST.digits) return `it has fewer than ${FEWEST.digits} digits`;
  const steps = Array.from(bytes.subarray(1), (byte, i) => byte - bytes[i]!);
  if ([1, -1].some((by) => steps.every((step) => step === by))) {
    return "its digits follow each other";
  }
  if (bytes.every((byte, i) => byte === bytes.at(-1 - i))) {
    return "it is the same read backwards";
  }
  const most = Math.max(...Array.from(bytes, (one) => bytes.filter((byte) => byte === one).length));
  return most > 3 ? "it has one digit more than three times" : undefined;
}

const CLASSES: readonly ((byte: number) => boolean)[] = [
  (byte) => byte >= 0x41 && byte <= 0x5a,
  (byte) => byte >= 0x61 && byte <= 0x7a,
  (byte) => byte >= 0x30 && byte <= 0x39,
];

function weaknessOfText(bytes: Uint8Array): string | undefined {
  if (bytes.length < FEWEST.others) {
    return `it has other characters than digits and fewer than ${FEWEST.others}`;
  }
  const classes = CLASSES.filter((has) => bytes.some(has)).length;
  const others = bytes.some((byte) => !CLASSES.some((has) => has(byte))) ? 1 : 0;
  return classes + others < 2 ? "all its characters are of one kind" : undefined;
}
