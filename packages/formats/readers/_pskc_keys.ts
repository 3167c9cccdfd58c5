import { FormatError } from "@otpsmith/core/errors";
import { hmac } from "@noble/hashes/hmac.js";
import { sha1 } from "@noble/hashes/legacy.js";
import { sha256, sha384, sha512 } from "@noble/hashes/sha2.js";
import { decodeBase64 } from "../_base64.ts";
import {
  type Hash,
  needPassphrase,
  openCbc,
  stretchPbkdf2,
  type Unlock,
  wrongPassphrase,
} from "../_keys.ts";
import type { XmlNode } from "./_xml.ts";

/** What PSKC files are called in messages. */
export const WHAT = "PSKC file";

const MACS = { sha1, sha256, sha384, sha512 };
const KEY_BYTES: Readonly<Record<string, number>> = {
  "aes128-cbc": 16,
  "aes192-cbc": 24,
  "aes256-cbc": 32,
};
const PRFS: Readonly<Record<string, Hash>> = {
  "": "SHA1",
  "hmac-sha1": "SHA1",
  "id-hmacwithsha1": "SHA1",
  "hmac-sha256": "SHA256",
  "hmac-sha384": "SHA384",
  "hmac-sha512": "SHA512",
};

/** What was encrypted, and whether a MAC was there to prove that nobody changed it. */
export interface Opened {
  readonly bytes: Uint8Array;
  readonly proven: boolean;
}

/** The keys of a PSKC file: the one for its values, and the one for their MACs (RFC 6030 section 6). */
export class PskcKeys {
  readonly #source: string;
  readonly #unlock: Unlock;
  #key: Uint8Array | undefined;
  #derived = false;
  #mac: { hash: keyof typeof MACS; key: Uint8Array } | undefined;
  #macMethod: XmlNode | undefined;

  constructor(source: string, unlock: Unlock) {
    this.#source = source;
    this.#unlock = unlock;
  }

  /** `EncryptionKey`: a passphrase to stretch, or the name of a key that both sides have. */
  takeEncryptionKey(node: XmlNode): void {
    if (node.find("X509Data|KeyValue")) {
      const next = "Ask for it with a passphrase or with an agreed key.";
      throw this.fail("it is encrypted for whoever has the key of a certificate", node, next);
    }
    const derived = node.find("DerivedKey");
    if (!derived) {
      this.#key = this.#agreedKey(node);
      return;
    }
    const method = derived.find("KeyDerivationMethod");
    if (nameOf(method) !== "pbkdf2") {
      throw this.fail("its key derivation is not PBKDF2", derived, "Export it with PBKDF2.");
    }
    const parameters = method!.find("PBKDF2-params|Parameters") ?? method!;
    const number = (name: string): number => {
      const text = parameters.textAt(name);
      return /^\d{1,9}$/.test(text) ? Number(text) : 0;
    };
    const length = number("KeyLength") || 16;
    // python-pskc writes the name as the element's text.
    const named = parameters.find("PRF");
    const prf = PRFS[nameOf(named) || lastPart(named?.text.trim() ?? "")];
    if (![16, 24, 32].includes(length) || !prf) {
      throw this.fail("its key derivation is not of a known kind", derived, "Export it again.");
    }
    const salt = this.base64(parameters.find("Salt/Specified"), parameters);
    const passphrase = needPassphrase(this.#unlock, { what: WHAT, source: this.#source });
    this.#key = stretchPbkdf2(
      passphrase,
      { hash: prf, salt, rounds: number("IterationCount"), length },
      this.#source,
    );
    this.#derived = true;
  }

  /** `MACMethod`: the key of the MACs, encrypted itself; of old files, the key of the values. */
  takeMacMethod(node: XmlNode): void {
    this.#macMethod = node;
    const name = nameOf(node).replace("hmac-", "");
    if (!Object.hasOwn(MACS, name)) {
      throw this.fail("its MAC is not an HMAC that is known", node, "Export it with HMAC-SHA1.");
    }
    const sealed = node.find("MACKey");
    const key = sealed ? this.#decrypt(sealed) : this.#needKey(node).slice();
    this.#mac = { hash: name as keyof typeof MACS, key };
  }

  /** The value of an element that holds an `EncryptedValue`, with its MAC checked first. */
  open(holder: XmlNode): Opened {
    const value = holder.find("EncryptedValue")!;
    const mac = holder.find("ValueMAC");
    if (this.#macMethod && !mac) {
      throw this.fail(
        "a value has no MAC although the file has a MAC key",
        holder,
        "Export it again.",
      );
    }
    if (this.#mac && mac) {
      const sealed = this.base64(value.find("CipherData/CipherValue"), value);
      const computed = hmac(MACS[this.#mac.hash], this.#mac.key, sealed);
      const given = this.base64(mac, holder);
      let difference = computed.length ^ given.length;
      for (let i = 0; i < computed.length; i++) difference |= computed[i]! ^ (given[i] ?? 0);
      if (difference !== 0) {
        throw this.fail("the MAC of a value is wrong", holder, "It was changed: get it again.");
      }
    }
    return { bytes: this.#decrypt(holder), proven: this.#mac !== undefined };
  }

  /** Overwrites the keys. */
  wipe(): void {
    this.#key?.fill(0);
    this.#mac?.key.fill(0);
  }

  /** Bytes of an element's base64. */
  base64(node: XmlNode | undefined, near: XmlNode): Uint8Array {
    const bytes = decodeBase64(new TextEncoder().encode(node?.text ?? ""));
    if (typeof bytes === "number" || bytes.length === 0) {
      throw this.fail("a value is not base64", node ?? near, "Export it again.");
    }
    return bytes;
  }

  /** An error at an element. */
  fail(state: string, node: XmlNode, next: string): FormatError {
    return new FormatError("pskc", `Cannot read ${WHAT}: ${state}`, {
      source: this.#source,
      line: node.line,
      next,
    });
  }

  #decrypt(holder: XmlNode): Uint8Array {
    const value = holder.find("EncryptedValue") ?? holder;
    const name = nameOf(value.find("EncryptionMethod"));
    const length = KEY_BYTES[name];
    if (!length) {
      throw this.fail("its encryption is not AES-CBC", value, "Export it with AES-128-CBC.");
    }
    const key = this.#needKey(value);
    if (key.length !== length) {
      if (this.#derived) {
        throw this.fail("its key has another length than its cipher", value, "Export it again.");
      }
      throw new FormatError("wrong-key", `Cannot read ${WHAT}: the key has ${key.length} bytes`, {
        source: this.#source,
        line: value.line,
        next: `A key of ${length} bytes is wanted.`,
      });
    }
    const bytes = openCbc(key, this.base64(value.find("CipherData/CipherValue"), value));
    if (bytes) return bytes;
    if (this.#derived) throw wrongPassphrase(WHAT, this.#source);
    throw new FormatError("wrong-key", `Cannot read ${WHAT}: the key does not open it`, {
      source: this.#source,
      line: value.line,
      next: "Give the key that the file was made with.",
    });
  }

  #needKey(node: XmlNode): Uint8Array {
    // A file may leave EncryptionKey out altogether: both sides know which key it is.
    this.#key ??= this.#agreedKey(node);
    return this.#key;
  }

  #agreedKey(node: XmlNode): Uint8Array {
    const { key } = this.#unlock;
    if (key) return new Uint8Array(key); // not slice(): on a Node Buffer that shares the memory
    throw new FormatError("key-needed", `Cannot read ${WHAT}: it is encrypted with a key`, {
      source: this.#source,
      line: node.line,
      next: "Give the key that was agreed on for it.",
    });
  }
}

/** The last part of an element's `Algorithm`, in lower case: `aes128-cbc`. */
export function nameOf(node: XmlNode | undefined): string {
  return lastPart(node?.attributes.get("Algorithm") ?? "");
}

function lastPart(name: string): string {
  return name.toLowerCase().replace(/^.*[#:/]/, "");
}
