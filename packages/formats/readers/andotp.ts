import type { TokenFile } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";
import { HEADER, isEncryptedAndOtp, roundsOf, SALT } from "./_andotp_header.ts";
import { readAccounts } from "./_app_entry.ts";
import { readJson } from "./_json.ts";
import {
  MAX_ROUNDS,
  needPassphrase,
  openGcm,
  stretchPbkdf2,
  type Unlock,
  wrongPassphrase,
} from "../_keys.ts";
import { Input } from "./_place.ts";

const WHAT = "andOTP backup";

/**
 * Reads a backup of the app andOTP, plain JSON or encrypted with a password: rounds as a 32-bit number,
 * salt, nonce, ciphertext and tag; PBKDF2-HMAC-SHA1 and AES-256-GCM. The form of before 2018, whose key
 * is a bare hash of the password, is not read, nor is the one for OpenPGP.
 *
 * @throws {FormatError} `format/andotp` with position and line; `format/passphrase-needed`,
 * `format/wrong-passphrase`, `format/too-costly`.
 *
 * @example Read a plain backup
 * ```ts
 * import { readAndOtp } from "@otpsmith/formats";
 *
 * const text = JSON.stringify([{ secret: "JBSWY3DPEHPK3PXP", issuer: "Acme", label: "alice", digits: 6,
 *   type: "TOTP", algorithm: "SHA1", period: 30 }]);
 * const { entries } = readAndOtp(new TextEncoder().encode(text), { source: "otp_accounts.json" });
 * if (entries.length !== 1) throw new Error("unexpected");
 * ```
 */
export function readAndOtp(bytes: Uint8Array, options: SourceOptions & Unlock): TokenFile {
  const names = { kind: "andotp", what: WHAT, source: options.source };
  if (!isEncryptedAndOtp(bytes)) {
    return { format: "andotp", encrypted: false, entries: read(bytes, new Input(bytes, names)) };
  }
  const plain = decrypt(bytes, options);
  try {
    return { format: "andotp", encrypted: true, entries: read(plain, new Input(plain, names)) };
  } finally {
    plain.fill(0);
  }
}

function decrypt(bytes: Uint8Array, options: SourceOptions & Unlock): Uint8Array {
  const { source } = options;
  const passphrase = needPassphrase(options, { what: WHAT, source });
  const key = stretchPbkdf2(passphrase, {
    hash: "SHA1",
    salt: bytes.subarray(4, 4 + SALT),
    rounds: Math.min(roundsOf(bytes), MAX_ROUNDS + 1),
    length: 32,
  }, source);
  const plain = openGcm(key, bytes.subarray(4 + SALT, HEADER), bytes.subarray(HEADER));
  key.fill(0);
  if (!plain) throw wrongPassphrase(WHAT, source);
  return plain;
}

function read(text: Uint8Array, input: Input): TokenFile["entries"] {
  return readAccounts(readJson(text, input), input, (entry) => ({
    type: entry.get("type"),
    secret: entry.get("secret"),
    algorithm: entry.get("algorithm"),
    digits: entry.get("digits"),
    period: entry.get("period"),
    counter: entry.get("counter"),
    issuer: entry.get("issuer"),
    account: entry.get("label"),
  }));
}
