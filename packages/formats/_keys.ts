import { FormatError } from "@otpsmith/core/errors";
import { cbc, gcm } from "@noble/ciphers/aes.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { pbkdf2 } from "@noble/hashes/pbkdf2.js";
import { scrypt } from "@noble/hashes/scrypt.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";

/** What unlocks an encrypted file. The caller's bytes are left as they are: wipe them. */
export interface Unlock {
  /** The passphrase as UTF-8. */
  readonly passphrase?: Uint8Array | undefined;
  /** A key that was agreed on before, for PSKC: 16, 24 or 32 bytes. */
  readonly key?: Uint8Array | undefined;
}

/** How often a passphrase may be hashed: a few times what any tool writes, and seconds of work. */
export const MAX_ROUNDS = 2_000_000;
/** Scrypt: 128·N·r bytes of memory and N·r·p units of work; Aegis writes 2^15, 8 and 1. */
const MAX_SCRYPT_BLOCKS = 2 ** 20;
const MAX_SCRYPT_WORK = 2 ** 21;

/** Hash functions that passphrases are stretched with. */
export type Hash = "SHA1" | "SHA256" | "SHA384" | "SHA512";

const HASHES = { SHA1: sha1, SHA256: sha256, SHA384: sha384, SHA512: sha512 };

/** The passphrase, or the error that asks for it. */
export function needPassphrase(
  unlock: Unlock,
  { what, source }: { what: string; source: string },
): Uint8Array {
  if (unlock.passphrase && unlock.passphrase.length > 0) return unlock.passphrase;
  throw new FormatError("passphrase-needed", `Cannot read ${what}: it is encrypted`, {
    source,
    next: "Give its passphrase.",
  });
}

/** The error for a passphrase that opens nothing. */
export function wrongPassphrase(what: string, source: string): FormatError {
  return new FormatError("wrong-passphrase", `Cannot read ${what}: the passphrase is wrong`, {
    source,
    next: "Try again; if it is right, the file is damaged: export it again.",
  });
}

/** PBKDF2 with bounded work. */
export function stretchPbkdf2(
  passphrase: Uint8Array,
  parameters: { hash: Hash; salt: Uint8Array; rounds: number; length: number },
  source: string,
): Uint8Array {
  const { hash, salt, rounds, length } = parameters;
  if (!Number.isInteger(rounds) || rounds < 1 || rounds > MAX_ROUNDS) {
    throw tooCostly(`it asks for more than ${MAX_ROUNDS} rounds of PBKDF2, or for none`, source);
  }
  return pbkdf2(HASHES[hash], passphrase, salt, { c: rounds, dkLen: length });
}

/** Scrypt with bounded work and memory. */
export function stretchScrypt(
  passphrase: Uint8Array,
  parameters: { n: number; r: number; p: number; salt: Uint8Array },
  source: string,
): Uint8Array {
  const { n, r, p, salt } = parameters;
  const whole = [n, r, p].every((value) => Number.isInteger(value) && value >= 1);
  const isPower = whole && n >= 2 && n <= 2 ** 30 && (n & (n - 1)) === 0;
  if (!isPower || n * r > MAX_SCRYPT_BLOCKS || n * r * p > MAX_SCRYPT_WORK) {
    throw tooCostly("its scrypt parameters are malformed or cost too much", source);
  }
  return scrypt(passphrase, salt, { N: n, r, p, dkLen: 32 });
}

/** AES-GCM; `undefined` if the tag does not fit. `sealed` is ciphertext and tag. */
export function openGcm(
  key: Uint8Array,
  nonce: Uint8Array,
  sealed: Uint8Array,
): Uint8Array | undefined {
  if (sealed.length < 16 || nonce.length < 8) return undefined;
  try {
    return gcm(key, nonce).decrypt(sealed);
  } catch {
    return undefined; // the library says "invalid tag", and nothing else can be wrong
  }
}

/** AES-CBC with PKCS#7 padding; `undefined` if length or padding does not fit. `sealed` begins with the IV. */
export function openCbc(key: Uint8Array, sealed: Uint8Array): Uint8Array | undefined {
  if (sealed.length < 32 || sealed.length % 16 !== 0) return undefined;
  try {
    return cbc(key, sealed.subarray(0, 16)).decrypt(sealed.subarray(16));
  } catch {
    return undefined;
  }
}

/** AES-CBC with PKCS#7 padding; gives IV and ciphertext. */
export function sealCbc(key: Uint8Array, iv: Uint8Array, plain: Uint8Array): Uint8Array {
  const sealed = cbc(key, iv).encrypt(plain);
  const whole = new Uint8Array(16 + sealed.length);
  whole.set(iv);
  whole.set(sealed, 16);
  return whole;
}

function tooCostly(state: string, source: string): FormatError {
  return new FormatError("too-costly", `Cannot read file: ${state}`, {
    source,
    next: "No tool that is known writes such a file: it may be damaged or made to stop programs.",
  });
}
