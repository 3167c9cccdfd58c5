import type { FormatError } from "@otpsmith/core/errors";
import type { TokenFile } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";
import { decodeBase64 } from "../_base64.ts";
import { readAccounts } from "./_app_entry.ts";
import { type JsonValue, readJson } from "./_json.ts";
import { needPassphrase, openGcm, stretchPbkdf2, type Unlock, wrongPassphrase } from "../_keys.ts";
import { Input } from "./_place.ts";

const WHAT = "2FAS backup";
const AGAIN = "Export it from 2FAS again.";
/** The rounds are not in the file; every version of the app takes these. */
const ROUNDS = 10_000;
const NEWEST_SCHEMA = 4;

/**
 * Reads a backup of the app 2FAS, plain or encrypted with a passphrase (PBKDF2-HMAC-SHA256 with 10,000
 * rounds and AES-256-GCM), schemas 1 to 4.
 *
 * @throws {FormatError} `format/twofas` with position and line; `format/passphrase-needed`,
 * `format/wrong-passphrase`.
 *
 * @example Read a plain backup
 * ```ts
 * import { readTwoFas } from "@otpsmith/formats";
 *
 * const text = JSON.stringify({ schemaVersion: 4, services: [{ name: "Acme", secret: "JBSWY3DPEHPK3PXP",
 *   otp: { account: "alice", digits: 6, period: 30, algorithm: "SHA1", tokenType: "TOTP" } }] });
 * const { entries } = readTwoFas(new TextEncoder().encode(text), { source: "backup.2fas" });
 * if (entries.length !== 1) throw new Error("unexpected");
 * ```
 */
export function readTwoFas(bytes: Uint8Array, options: SourceOptions & Unlock): TokenFile {
  const input = new Input(bytes, { kind: "twofas", what: WHAT, source: options.source });
  const backup = readJson(bytes, input);
  const schema = backup.get("schemaVersion");
  if ((schema?.number ?? NEWEST_SCHEMA) > NEWEST_SCHEMA) {
    throw input.fail("it is of a newer form than is known", schema?.at, "Tell the project of it.");
  }
  const locked = backup.get("servicesEncrypted");
  if (!locked || locked.text === "") {
    const services = backup.get("services");
    if (!services) throw input.fail("it has no services", backup.at, AGAIN);
    return { format: "2fas", encrypted: false, entries: read(services, input) };
  }
  const plain = decrypt(locked, { input, options });
  try {
    const inner = new Input(plain, { kind: "twofas", what: WHAT, source: options.source });
    return { format: "2fas", encrypted: true, entries: read(readJson(plain, inner), inner) };
  } finally {
    plain.fill(0);
  }
}

function decrypt(
  locked: JsonValue,
  { input, options }: { input: Input; options: SourceOptions & Unlock },
): Uint8Array {
  const malformed = (): FormatError =>
    input.fail("its encrypted part is malformed", locked.at, AGAIN);
  const parts: Uint8Array[] = [];
  const text = locked.bytes;
  for (let start = 0; start <= text.length && parts.length < 4;) {
    const colon = text.indexOf(0x3a, start);
    const end = colon < 0 ? text.length : colon;
    const part = decodeBase64(text.subarray(start, end));
    if (typeof part === "number") throw malformed();
    parts.push(part);
    start = end + 1;
  }
  const [sealed, salt, nonce] = parts;
  if (parts.length !== 3 || !sealed || !salt || !nonce || sealed.length < 16) throw malformed();
  const passphrase = needPassphrase(options, { what: WHAT, source: options.source });
  const key = stretchPbkdf2(
    passphrase,
    { hash: "SHA256", salt, rounds: ROUNDS, length: 32 },
    options.source,
  );
  const plain = openGcm(key, nonce, sealed);
  key.fill(0);
  if (!plain) throw wrongPassphrase(WHAT, options.source);
  return plain;
}

function read(services: JsonValue, input: Input): TokenFile["entries"] {
  return readAccounts(services, input, (service) => {
    const otp = service.get("otp");
    const issuer = otp?.get("issuer");
    const account = otp?.get("account");
    return {
      type: otp?.get("tokenType"),
      secret: service.get("secret"),
      algorithm: otp?.get("algorithm"),
      digits: otp?.get("digits"),
      period: otp?.get("period"),
      counter: otp?.get("counter"),
      issuer: issuer?.text ? issuer : service.get("name"),
      account: account?.text ? account : otp?.get("label"),
    };
  });
}
