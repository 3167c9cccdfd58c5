import { decodeHex } from "@otpsmith/core/bytes";
import type { TokenFile } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";
import { decodeBase64 } from "../_base64.ts";
import { readAccounts } from "./_app_entry.ts";
import { type JsonValue, readJson } from "./_json.ts";
import { needPassphrase, openGcm, stretchScrypt, type Unlock, wrongPassphrase } from "../_keys.ts";
import { Input } from "./_place.ts";

const WHAT = "Aegis export";
const AGAIN = "Export it from Aegis again.";
/** Slots of type 1 hold a passphrase; others belong to the phone. Each one tried costs a scrypt. */
const PASSWORD_SLOT = 1;
const MAX_SLOTS = 8;

/**
 * Reads an export of the app Aegis, plain or encrypted with a passphrase (scrypt and AES-256-GCM).
 * Format: `docs/vault.md` of beemdevelopment/Aegis.
 *
 * @throws {FormatError} `format/aegis` with position and line; `format/passphrase-needed`,
 * `format/wrong-passphrase`, `format/too-costly`.
 *
 * @example Read a plain export
 * ```ts
 * import { readAegis } from "@otpsmith/formats";
 *
 * const text = JSON.stringify({ version: 1, header: { slots: null, params: null }, db: {
 *   version: 3, entries: [{ type: "totp", name: "alice", issuer: "Acme",
 *     info: { secret: "JBSWY3DPEHPK3PXP", algo: "SHA1", digits: 6, period: 30 } }] } });
 * const { entries } = readAegis(new TextEncoder().encode(text), { source: "aegis.json" });
 * if (entries.length !== 1) throw new Error("unexpected");
 * ```
 */
export function readAegis(bytes: Uint8Array, options: SourceOptions & Unlock): TokenFile {
  const input = new Input(bytes, { kind: "aegis", what: WHAT, source: options.source });
  const vault = readJson(bytes, input);
  const db = vault.get("db");
  if (!db) throw input.fail("it has no database", vault.at, AGAIN);
  if (db.kind === "object") return { format: "aegis", encrypted: false, entries: read(db, input) };
  const plain = decrypt(vault, db, { input, options });
  try {
    // Places inside what was encrypted mean nothing to a person who looks at the file.
    const inner = new Input(plain, { kind: "aegis", what: WHAT, source: options.source });
    return { format: "aegis", encrypted: true, entries: read(readJson(plain, inner), inner) };
  } finally {
    plain.fill(0);
  }
}

function decrypt(
  vault: JsonValue,
  db: JsonValue,
  { input, options }: { input: Input; options: SourceOptions & Unlock },
): Uint8Array {
  const passphrase = needPassphrase(options, { what: WHAT, source: options.source });
  const header = vault.get("header");
  const slots =
    header?.get("slots")?.items.filter((slot) => slot.get("type")?.number === PASSWORD_SLOT) ?? [];
  if (slots.length === 0 || slots.length > MAX_SLOTS) {
    const state = slots.length === 0 ? "no passphrase opens it" : `it has over ${MAX_SLOTS} slots`;
    throw input.fail(state, header?.at, "Export it from Aegis with a passphrase.");
  }
  const sealed = base64(db, input);
  for (const slot of slots) {
    const number = (name: string): number => slot.get(name)?.number ?? 0;
    const key = stretchScrypt(passphrase, {
      n: number("n"),
      r: number("r"),
      p: number("p"),
      salt: hex(slot, "salt", input),
    }, options.source);
    const master = openSealed(key, slot.get("key_params"), hex(slot, "key", input), input);
    key.fill(0);
    if (!master) continue;
    const plain = master.length === 32
      ? openSealed(master, header?.get("params"), sealed, input)
      : undefined;
    master.fill(0);
    if (!plain) throw input.fail("it was changed after it was encrypted", db.at, AGAIN);
    return plain;
  }
  throw wrongPassphrase(WHAT, options.source);
}

function openSealed(
  key: Uint8Array,
  parameters: JsonValue | undefined,
  ciphertext: Uint8Array,
  input: Input,
): Uint8Array | undefined {
  if (!parameters) throw input.fail("parameters of its encryption are missing", 0, AGAIN);
  const tag = hex(parameters, "tag", input);
  const sealed = new Uint8Array(ciphertext.length + tag.length);
  sealed.set(ciphertext);
  sealed.set(tag, ciphertext.length);
  return openGcm(key, hex(parameters, "nonce", input), sealed);
}

function hex(owner: JsonValue, name: string, input: Input): Uint8Array {
  const value = owner.get(name);
  const text = value?.text ?? "";
  if (text.length % 2 !== 0 || text.length > 4096 || !/^[0-9a-f]+$/i.test(text)) {
    throw input.fail(`its ${name} is not hexadecimal`, (value ?? owner).at, AGAIN);
  }
  return decodeHex(text);
}

function base64(value: JsonValue, input: Input): Uint8Array {
  const bytes = decodeBase64(value.bytes);
  if (typeof bytes === "number") throw input.fail("its database is not base64", value.at, AGAIN);
  return bytes;
}

function read(db: JsonValue, input: Input): TokenFile["entries"] {
  return readAccounts(db.get("entries"), input, (entry) => {
    const info = entry.get("info");
    return {
      type: entry.get("type"),
      secret: info?.get("secret"),
      algorithm: info?.get("algo"),
      digits: info?.get("digits"),
      period: info?.get("period"),
      counter: info?.get("counter"),
      issuer: entry.get("issuer"),
      account: entry.get("name"),
    };
  });
}
