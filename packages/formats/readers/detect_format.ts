import { isEncryptedAndOtp } from "./_andotp_header.ts";
import { separatorOf } from "./_csv_rows.ts";
import { encodingOf, toUtf8 } from "./_encoding.ts";
import type { FileFormat } from "../token_record.ts";

/** How many bytes are looked at. */
const PROBE = 64 * 1024;

/**
 * Tells which kind of file with tokens or accounts this is, by its bytes alone; `undefined` if it looks
 * like none. A bare seed and a single wrong code are none: `classifyCode` and `readAccount` take those.
 *
 * @example Tell two files apart
 * ```ts
 * import { detectFormat } from "@otpsmith/formats";
 *
 * const bytes = (text: string) => new TextEncoder().encode(text);
 * if (detectFormat(bytes('{"schemaVersion":4,"services":[]}')) !== "2fas") throw new Error("unexpected");
 * if (detectFormat(bytes("serial,seed\n1,JBSWY3DPEHPK3PXP")) !== "csv") throw new Error("unexpected");
 * ```
 */
export function detectFormat(bytes: Uint8Array): FileFormat | undefined {
  if (isEncryptedAndOtp(bytes)) return "andotp";
  const probe = bytes.subarray(0, PROBE);
  const text = toUtf8(probe);
  try {
    return detectText(text.bytes, encodingOf(probe) === "latin");
  } finally {
    if (text.owned) text.bytes.fill(0);
  }
}

function detectText(text: Uint8Array, isLatin: boolean): FileFormat | undefined {
  // A cut through a character at the end of the probe makes it look like Windows-1252: no matter here.
  if (text.some((byte) => byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0d)) {
    return undefined;
  }
  const head = new TextDecoder("latin1").decode(text.subarray(0, 2048)).trimStart();
  if (/^<(\?xml|!--|!doctype|([\w.-]+:)?keycontainer)/i.test(head) && !/<html|<svg/i.test(head)) {
    return "pskc";
  }
  if (head.startsWith("[")) return "andotp";
  if (head.startsWith("{")) {
    return hasKey(text, '"services"') || hasKey(text, '"servicesEncrypted"')
      ? "2fas"
      : hasKey(text, '"db"')
      ? "aegis"
      : undefined;
  }
  if (/^(#.*\s+)*otpauth(-migration)?:\/\//i.test(head)) {
    return /^(#.*\s+)*otpauth:/i.test(head) ? "otpauth" : "google";
  }
  const lines = head.split(/\r\n|\r|\n/).filter((line) => line.trim() !== "");
  if (/^[a-z-]+:/i.test(head) || (isLatin && lines.length < 2)) return undefined;
  return separatorOf(text) === undefined && !/^(secret|seed)/i.test(head) ? undefined : "csv";
}

function hasKey(text: Uint8Array, key: string): boolean {
  return new TextDecoder("latin1").decode(text).includes(key);
}
