import { FormatError } from "@otpsmith/core/errors";
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { encodeBase64 } from "../_base64.ts";
import { MAX_ROUNDS, sealCbc, stretchPbkdf2 } from "../_keys.ts";
import type { TokenRecord } from "../token_record.ts";
import { lengths, lost, note, serialNeeded, serialsOnce } from "./_rules.ts";
import { Writer, xmlText } from "./_writer.ts";
import type { Lock, Target } from "./target.ts";

/** What python-pskc takes, too; few importers wait longer. */
const ROUNDS = 100_000;
const CIPHER = "http://www.w3.org/2001/04/xmlenc#aes128-cbc";
const MAC = "http://www.w3.org/2000/09/xmldsig#hmac-sha1";
const PBKDF2 = "http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#pbkdf2";
const PROFILE = "urn:ietf:params:xml:ns:keyprov:pskc";

/**
 * PSKC (RFC 6030) in the form that most importers read: AES-128-CBC, HMAC-SHA1, `Suite` as text, PBKDF2
 * with HMAC-SHA1 or a key that was agreed on. privacyIDEA reads nothing but that.
 */
export const pskc: Target = {
  name: "PSKC (RFC 6030), encrypted",
  refuse: () => [],
  lose: () => [
    lost("PSKC, as importers read it,", ["account"]),
    ({ type, algorithm }) =>
      type === "totp" || algorithm === "SHA1" ? undefined : {
        code: "algorithm",
        message:
          "RFC 6030 knows counter-based codes with SHA1 alone: importers may pass over Suite.",
      },
  ],
  write: writePskc,
  locked: true,
};

/** privacyIDEA, PSKC. */
export const privacyideaPskc: Target = {
  ...pskc,
  name: "privacyIDEA (PSKC)",
  refuse: (records) => [
    lengths("privacyIDEA", [6, 8]),
    serialNeeded("privacyIDEA"),
    serialsOnce("privacyIDEA", records),
  ],
  lose: () => [lost("privacyIDEA's import", ["issuer", "account", "user", "model"])],
};

/** FreeIPA: `ipa-otptoken-import`. */
export const freeipa: Target = {
  ...pskc,
  name: "FreeIPA",
  refuse: () => [lengths("FreeIPA", [6, 8])],
  lose: () => [
    lost("FreeIPA's import", ["account"]),
    note(
      "setting-elsewhere",
      "Users must exist in FreeIPA by the names in the file before the import.",
    ),
  ],
};

function writePskc(records: readonly TokenRecord[], lock: Lock): Uint8Array {
  const random = (length: number): Uint8Array => {
    const bytes = new Uint8Array(length);
    lock.random(bytes);
    return bytes;
  };
  const file = new Writer();
  file.text(`<?xml version="1.0" encoding="UTF-8"?>
<pskc:KeyContainer Version="1.0" xmlns:pskc="${PROFILE}"
  xmlns:xenc="http://www.w3.org/2001/04/xmlenc#" xmlns:xenc11="http://www.w3.org/2009/xmlenc11#"
  xmlns:ds="http://www.w3.org/2000/09/xmldsig#"
  xmlns:pkcs5="http://www.rsasecurity.com/rsalabs/pkcs/schemas/pkcs-5v2-0#">
`);
  const { key, element } = encryptionKey(lock, random);
  const macKey = random(20);
  try {
    file.text(element).text(`  <pskc:MACMethod Algorithm="${MAC}">
    <pskc:MACKey>
      ${encrypted(sealCbc(key, random(16), macKey))}
    </pskc:MACKey>
  </pskc:MACMethod>
`);
    records.forEach((record, index) => {
      const sealed = record.secret.use((seed) => sealCbc(key, random(16), seed));
      file.text(keyPackage(record, index, {
        value: encrypted(sealed),
        mac: ascii(encodeBase64(hmac(sha1, macKey, sealed))),
      }));
    });
  } finally {
    key.fill(0);
    macKey.fill(0);
  }
  return file.text("</pskc:KeyContainer>\n").take();
}

/** The key of the values, and the element that says how a reader gets it. */
function encryptionKey(
  lock: Lock,
  random: (length: number) => Uint8Array,
): { key: Uint8Array; element: string } {
  const { key, passphrase, rounds = ROUNDS } = lock;
  if (key) {
    if (key.length !== 16) throw cannotLock("the key must have 16 bytes", "Make one of 16 bytes.");
    const element =
      `  <pskc:EncryptionKey><ds:KeyName>Pre-shared-key</ds:KeyName></pskc:EncryptionKey>\n`;
    return { key: new Uint8Array(key), element };
  }
  if (!passphrase || passphrase.length === 0) {
    throw cannotLock("there is neither a passphrase nor a key", "Give one of them.");
  }
  if (rounds > MAX_ROUNDS) throw cannotLock("there are too many rounds", "Take 100000.");
  const salt = random(16);
  const derived = stretchPbkdf2(passphrase, { hash: "SHA1", salt, rounds, length: 16 }, "export");
  // The children of PBKDF2-params have no prefix: the RFC writes them so, and FreeIPA finds them so only.
  const element = `  <pskc:EncryptionKey>
    <xenc11:DerivedKey>
      <xenc11:KeyDerivationMethod Algorithm="${PBKDF2}">
        <pkcs5:PBKDF2-params>
          <Salt><Specified>${ascii(encodeBase64(salt))}</Specified></Salt>
          <IterationCount>${rounds}</IterationCount>
          <KeyLength>16</KeyLength>
          <PRF/>
        </pkcs5:PBKDF2-params>
      </xenc11:KeyDerivationMethod>
    </xenc11:DerivedKey>
  </pskc:EncryptionKey>
`;
  return { key: derived, element };
}

function keyPackage(
  record: TokenRecord,
  index: number,
  sealed: { value: string; mac: string },
): string {
  const { type, serial, manufacturer, model, issuer, user, algorithm, digits } = record;
  const element = (name: string, text: string): string =>
    text === "" ? "" : `      <pskc:${name}>${xmlText(text)}</pskc:${name}>\n`;
  const plain = (name: string, value: number): string =>
    `        <pskc:${name}><pskc:PlainValue>${value}</pskc:PlainValue></pskc:${name}>\n`;
  const moving = type === "totp"
    ? plain("Time", 0) + plain("TimeInterval", record.period)
    : plain("Counter", record.counter);
  const device = element("Manufacturer", manufacturer) + element("SerialNo", serial) +
    element("Model", model);
  return `  <pskc:KeyPackage>
${device === "" ? "" : `    <pskc:DeviceInfo>\n${device}    </pskc:DeviceInfo>\n`}` +
    `    <pskc:Key Id="${xmlText(serial || String(index + 1))}" Algorithm="${PROFILE}:${type}">
${element("Issuer", issuer)}      <pskc:AlgorithmParameters>
        <pskc:Suite>${algorithm}</pskc:Suite>
        <pskc:ResponseFormat Length="${digits}" Encoding="DECIMAL"/>
      </pskc:AlgorithmParameters>
      <pskc:Data>
        <pskc:Secret>
          <pskc:EncryptedValue>
          ${sealed.value}
          </pskc:EncryptedValue>
          <pskc:ValueMAC>${sealed.mac}</pskc:ValueMAC>
        </pskc:Secret>
${moving}      </pskc:Data>
${element("UserId", user)}    </pskc:Key>
  </pskc:KeyPackage>
`;
}

function encrypted(sealed: Uint8Array): string {
  const cipher = ascii(encodeBase64(sealed)); // ciphertext: it may be a string
  return `<xenc:EncryptionMethod Algorithm="${CIPHER}"/>` +
    `<xenc:CipherData><xenc:CipherValue>${cipher}</xenc:CipherValue></xenc:CipherData>`;
}

function ascii(bytes: Uint8Array): string {
  return new TextDecoder().decode(bytes);
}

function cannotLock(state: string, next: string): FormatError {
  return new FormatError("cannot-lock", `Cannot encrypt PSKC file: ${state}`, {
    source: "export",
    next,
  });
}
