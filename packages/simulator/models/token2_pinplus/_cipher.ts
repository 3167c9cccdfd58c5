import { createCipheriv, createDecipheriv, createECDH, createHash, createHmac } from "node:crypto";
import { concatBytes } from "@otpsmith/core/bytes";

// The runtime's OpenSSL: another implementation than the driver has.

const CURVE = "prime256v1";

/** A private key that is on the curve whatever the source of random bytes gives. */
export function privateKeyFrom(random: Uint8Array): Uint8Array {
  const key = Uint8Array.from(random);
  key[0]! &= 0x7f;
  if (key.every((byte) => byte === 0)) key[key.length - 1] = 1;
  return key;
}

/** X and Y of the public key that belongs to a private one. */
export function publicKeyOf(privateKey: Uint8Array): Uint8Array {
  const pair = createECDH(CURVE);
  pair.setPrivateKey(privateKey);
  return Uint8Array.from(pair.getPublicKey().subarray(1));
}

/** The X coordinate that both sides find; `undefined` if theirs is no point. */
export function sharedWith(privateKey: Uint8Array, theirs: Uint8Array): Uint8Array | undefined {
  const pair = createECDH(CURVE);
  pair.setPrivateKey(privateKey);
  try {
    return Uint8Array.from(pair.computeSecret(concatBytes([Uint8Array.of(4), theirs])));
  } catch {
    return undefined;
  }
}

/** SHA-256. */
export function sha256(data: Uint8Array): Uint8Array {
  return Uint8Array.from(createHash("sha256").update(data).digest());
}

/** HMAC; with SHA-256 unless said otherwise. */
export function hmac(
  key: Uint8Array,
  data: Uint8Array,
  hash: "sha1" | "sha256" = "sha256",
): Uint8Array {
  return Uint8Array.from(createHmac(hash, key).update(data).digest());
}

interface Cbc {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
  readonly pads?: boolean;
}

/** AES-256-CBC; with PKCS#7 unless `pads` is `false`. */
export function encrypt({ key, iv, pads = true }: Cbc, data: Uint8Array): Uint8Array {
  const cipher = createCipheriv("aes-256-cbc", key, iv).setAutoPadding(pads);
  return concatBytes([cipher.update(data), cipher.final()]);
}

/** The other way; `undefined` if length or padding is wrong. */
export function decrypt({ key, iv, pads = true }: Cbc, data: Uint8Array): Uint8Array | undefined {
  if (data.length === 0 || data.length % 16 !== 0) return undefined;
  try {
    const cipher = createDecipheriv("aes-256-cbc", key, iv).setAutoPadding(pads);
    return concatBytes([cipher.update(data), cipher.final()]);
  } catch {
    return undefined;
  }
}

/** A code of RFC 4226. */
export function codeOf(
  { seed, hash, digits }: {
    readonly seed: Uint8Array;
    readonly hash: "sha1" | "sha256";
    readonly digits: number;
  },
  count: number,
): string {
  const message = new Uint8Array(8);
  new DataView(message.buffer).setBigUint64(0, BigInt(count));
  const digest = hmac(seed, message, hash);
  const at = digest.at(-1)! & 0x0f;
  const number = new DataView(digest.buffer).getUint32(at) & 0x7fff_ffff;
  return String(number % 10 ** digits).padStart(digits, "0");
}

/** Whether two byte strings are the same. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
