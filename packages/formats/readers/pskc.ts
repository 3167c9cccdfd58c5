import { FormatError } from "@otpsmith/core/errors";
import { Secret } from "@otpsmith/core/secret";
import type { TokenFile, TokenRecord } from "../token_record.ts";
import type { SourceOptions } from "../typed_seed.ts";
import {
  algorithmOf,
  COUNTER,
  DIGITS,
  MAX_ENTRIES,
  numberIn,
  PERIOD,
  printable,
  record,
  type Refuse,
  wipeEntries,
} from "./_entry.ts";
import type { Unlock } from "../_keys.ts";
import { PskcKeys, WHAT } from "./_pskc_keys.ts";
import { readParts, type XmlNode } from "./_xml.ts";

const AGAIN = "Ask who made the file for one in the form of RFC 6030.";
const NOT_SHOWN = "No token here shows such codes.";

/**
 * Reads a PSKC file (RFC 6030, and the TOTP profile of draft-hoyer-keyprov-pskc-algorithm-profiles-01):
 * plain, encrypted with a key that was agreed on (AES-CBC), or with a passphrase (PBKDF2). MACs are
 * checked before anything is decrypted; a document type is refused; a signature is not checked.
 *
 * @throws {FormatError} `format/pskc` with the line; `format/passphrase-needed`,
 * `format/wrong-passphrase`, `format/key-needed`, `format/wrong-key`, `format/too-costly`.
 *
 * @example Read the plain example of the standard
 * ```ts
 * import { readPskc } from "@otpsmith/formats";
 *
 * const text = `<KeyContainer Version="1.0" xmlns="urn:ietf:params:xml:ns:keyprov:pskc"><KeyPackage>
 *   <Key Id="1" Algorithm="urn:ietf:params:xml:ns:keyprov:pskc:totp"><Data><Secret>
 *   <PlainValue>MTIzNDU2Nzg5MDEyMzQ1Njc4OTA=</PlainValue></Secret></Data></Key>
 *   </KeyPackage></KeyContainer>`;
 * const { entries } = readPskc(new TextEncoder().encode(text), { source: "tokens.xml" });
 * if (entries.length !== 1) throw new Error("unexpected");
 * ```
 */
export function readPskc(bytes: Uint8Array, options: SourceOptions & Unlock): TokenFile {
  const { source } = options;
  const keys = new PskcKeys(source, options);
  const entries: (TokenRecord | FormatError)[] = [];
  let encrypted = false;
  try {
    readParts(bytes, { root: "KeyContainer", kind: "pskc", what: WHAT, source }, (part) => {
      if (part.name === "EncryptionKey") keys.takeEncryptionKey(part);
      else if (part.name === "MACMethod") keys.takeMacMethod(part);
      else if (part.name === "KeyPackage" || part.name === "Device") {
        if (entries.length >= MAX_ENTRIES) {
          throw keys.fail(`it has over ${MAX_ENTRIES} keys`, part, "Split it.");
        }
        encrypted ||= part.find("Key/Data/Secret/EncryptedValue") !== undefined;
        entries.push(...readPackage(part, keys));
      }
    });
    if (entries.length === 0) {
      throw new FormatError("pskc", `Cannot read ${WHAT}: it has no keys`, { source, next: AGAIN });
    }
    return { format: "pskc", encrypted, entries };
  } catch (error) {
    wipeEntries(entries);
    throw error;
  } finally {
    keys.wipe();
  }
}

/** A package holds one key; those of old drafts hold several. */
function readPackage(part: XmlNode, keys: PskcKeys): (TokenRecord | FormatError)[] {
  const found = part.children.filter(({ name }) => name === "Key");
  if (found.length === 0) return [keys.fail("a package has no key", part, AGAIN)];
  return found.map((key) => {
    try {
      return readKey(key, part, keys);
    } catch (error) {
      // A wrong passphrase or key is wrong for all of them.
      if (error instanceof FormatError && error.code === "format/pskc") return error;
      throw error;
    }
  });
}

function readKey(key: XmlNode, part: XmlNode, keys: PskcKeys): TokenRecord {
  const refuse: Refuse = (state, next) => keys.fail(`of a key, ${state}`, key, next);
  const type = typeOf(key, refuse);
  const response = key.find("AlgorithmParameters|Usage")?.find("ResponseFormat");
  const encoding = response?.attributes.get("Encoding") ?? "DECIMAL";
  const checked = response?.attributes.get("CheckDigits") ?? response?.attributes.get("CheckDigit");
  if (encoding.toUpperCase() !== "DECIMAL") throw refuse("its codes are not decimal", NOT_SHOWN);
  if (checked === "true" || checked === "1") {
    throw refuse("its codes have a check digit", NOT_SHOWN);
  }
  const number = (name: string): number | undefined => numberAt(key, name, refuse);
  if ((number("Time") ?? 0) !== 0) throw refuse("its time steps do not start in 1970", NOT_SHOWN);
  const length = response?.attributes.get("Length");
  const info = part.find("DeviceInfo|DeviceId") ?? part;
  const text = (path: string, from: XmlNode = info): string => printable(from.textAt(path));
  const settings = {
    type,
    line: key.line,
    algorithm: algorithmOf(key.textAt("AlgorithmParameters/Suite"), refuse),
    digits: numberIn(length === undefined ? undefined : Number(length), DIGITS, refuse),
    period: numberIn(number("TimeInterval"), PERIOD, refuse),
    counter: numberIn(number("Counter"), COUNTER, refuse),
    issuer: text("Issuer", key),
    account: text("FriendlyName", key),
    serial: text("SerialNo"),
    manufacturer: text("Manufacturer"),
    model: text("Model"),
    user: text("UserId", key) || text("UserId"),
  };
  const secret = key.find("Data/Secret");
  if (secret?.find("EncryptedValue")) {
    const { bytes, proven } = keys.open(secret);
    if (bytes.length === 0) throw refuse("its secret is empty", AGAIN);
    const warnings = proven ? [] : ["No MAC proves that nobody changed the encrypted seed."];
    return record({ ...settings, secret: Secret.take(bytes), warnings });
  }
  const plain = secret?.find("PlainValue");
  if (!plain) throw refuse("it has no secret", AGAIN);
  return record({ ...settings, secret: Secret.take(keys.base64(plain, key)) });
}

/** The type by the algorithm's name: `urn:…:pskc:totp`, `…#hotp` in drafts. */
function typeOf(key: XmlNode, refuse: Refuse): TokenRecord["type"] {
  const name = (key.attributes.get("Algorithm") ?? key.attributes.get("KeyAlgorithm") ?? "")
    .toLowerCase().replace(/^.*[#:/]/, "");
  if (name === "totp" || name === "hotp") return name;
  throw refuse("it is neither for TOTP nor for HOTP", NOT_SHOWN);
}

/** A number under `Data`, plain; encrypted ones are written by nobody that is known. */
function numberAt(key: XmlNode, name: string, refuse: Refuse): number | undefined {
  const node = key.find(`Data/${name}`);
  if (!node) return undefined;
  const text = node.textAt("PlainValue");
  if (/^\d{1,15}$/.test(text)) return Number(text);
  throw refuse(`its ${name} is no plain number`, AGAIN);
}
