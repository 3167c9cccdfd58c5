import { hmac } from "@noble/hashes/hmac.js";
import { sha256 } from "@noble/hashes/sha2.js";
import { concatBytes, decodeHex } from "../../bytes/mod.ts";
import { Secret } from "../../secret/mod.ts";
import { decryptPadded, encryptPadded } from "./_aes.ts";
import { type AgreementPair, agreeWith } from "./agreement.ts";

// token2/token2-otp-applet@9211def (Token2OtpApplet.java) and framefilter/keyroost@b26aa27.

const ENTRY_IV = decodeHex("9DD8918E34F3CCAB08CB7518F71938F1");
/** Bytes of an initialisation vector, and of a tag. */
export const BLOCK_BYTES = 16;

/**
 * Encrypts what is written about an entry to the token's public key: our public key, then the text under the
 * digest of what both sides find.
 *
 * @param clear Stays the caller's.
 * @throws {RangeError} If the token's key is no point of the curve.
 */
export async function sealToKey(
  clear: Uint8Array,
  { pair, publicKey }: { readonly pair: AgreementPair; readonly publicKey: Uint8Array },
): Promise<Uint8Array> {
  const shared = await agreeWith(pair, publicKey);
  const key = shared.use(sha256);
  try {
    return concatBytes([pair.publicKey, await encryptPadded({ key, iv: ENTRY_IV }, clear)]);
  } finally {
    shared.wipe();
    key.fill(0);
  }
}

/** The keys of one session with a token that has a PIN. */
export interface SessionKeys {
  /** For AES-256. */
  readonly encrypts: Secret;
  /** For HMAC-SHA-256. */
  readonly authenticates: Secret;
}

/** Finds the keys of a session. */
export async function agreeOnSession(
  pair: AgreementPair,
  publicKey: Uint8Array,
): Promise<SessionKeys> {
  const shared = await agreeWith(pair, publicKey);
  const root = shared.use((bytes) => hmac(sha256, new Uint8Array(32), bytes));
  const derive = (label: string): Secret =>
    Secret.take(hmac(sha256, root, new TextEncoder().encode(`${label}\u0001`)));
  try {
    return { encrypts: derive("TOTP AES key"), authenticates: derive("TOTP HMAC key") };
  } finally {
    shared.wipe();
    root.fill(0);
  }
}

/** The first half of an HMAC, which shows that something comes from who has the keys. */
export function tagOf({ authenticates }: SessionKeys, data: Uint8Array): Uint8Array {
  return authenticates.use((key) => hmac(sha256, key, data)).slice(0, BLOCK_BYTES);
}

/** A vector that nobody can foretell. */
export function randomIv(): Uint8Array {
  return crypto.getRandomValues(new Uint8Array(BLOCK_BYTES));
}

/** Encrypts for a session: vector, text, tag over the text. `clear` stays the caller's. */
export async function sealForSession(
  clear: Uint8Array,
  { keys, iv = randomIv() }: { readonly keys: SessionKeys; readonly iv?: Uint8Array | undefined },
): Promise<Uint8Array> {
  const text = await encryptWith(keys, { iv, data: clear });
  return concatBytes([iv, text, tagOf(keys, text)]);
}

async function encryptWith(
  { encrypts }: SessionKeys,
  { iv, data }: { readonly iv: Uint8Array; readonly data: Uint8Array },
): Promise<Uint8Array> {
  return await encrypts.use((key) => encryptPadded({ key, iv }, data));
}

/**
 * Opens what a token answers in a session; `undefined` if the tag is not of these keys, as in an answer
 * that is not encrypted.
 *
 * @throws {RangeError} If the tag is right and what is in it is not.
 */
export async function openFromSession(
  answer: Uint8Array,
  keys: SessionKeys,
): Promise<Uint8Array | undefined> {
  const [iv, text] = [answer.subarray(0, BLOCK_BYTES), answer.subarray(BLOCK_BYTES, -BLOCK_BYTES)];
  if (answer.length < 3 * BLOCK_BYTES || text.length % BLOCK_BYTES !== 0) return undefined;
  const tag = answer.subarray(-BLOCK_BYTES);
  if (!tagOf(keys, text).every((byte, i) => byte === tag[i])) return undefined;
  return await keys.encrypts.use((key) => decryptPadded({ key, iv }, text));
}
