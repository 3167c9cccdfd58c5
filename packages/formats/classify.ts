import { FormatError } from "@otpsmith/core/errors";
import { countDecimals, isAll } from "./_digits.ts";
import { MAX_INPUT, onBytes, type Range, separatorAt, startsWith, trim } from "./_text.ts";
import type { OtpAccount } from "./otp_account.ts";
import { parseOtpauth } from "./otpauth_uri.ts";
import type { SourceOptions } from "./typed_seed.ts";
import { WRONG_CODES, type WrongKind } from "./wrong_code.ts";

const SCHEME = "otpauth://";
const SERIAL_LABELS = ["serial number", "serial no", "serial", "s/n", "sn", "(21)"];
const CUT_OFF = {
  message: "Cannot use this code: the text of an otpauth code ends after its first letters",
  next: "Scan the code again, or copy the whole text again.",
};

/** The text of a code that a token can be burned with. */
export interface OtpauthCode {
  /** Tells it from a wrong code. */
  readonly kind: "otpauth";
  /** The account. Wipe its secret when it is no longer needed. */
  readonly account: OtpAccount;
}

/** The text of a code that a token cannot be burned with. Never repeats the text: it may hold a seed. */
export interface WrongCode {
  /** Tells it from an account. */
  readonly kind: "wrong";
  /** What it is. */
  readonly is: WrongKind;
  /** What it is, as "action: state", for a person. */
  readonly message: string;
  /** The plain next step. */
  readonly next: string;
  /** Where reading stopped, if it is an otpauth URI: bytes, or UTF-16 units if the input is a string. */
  readonly position?: number;
}

/**
 * Beginnings that give a code away; the first that fits counts. Where they were learned: Microsoft's
 * form on https from Authenticator-Extension/Authenticator#1472, `steam://` from bitwarden/ios,
 * `motp://` from AChep/keyguard-app#536; `FIDO:/` is the hybrid transport of CTAP 2.2.
 */
const BEGINNINGS: readonly (readonly [beginning: string, kind: keyof typeof WRONG_CODES])[] = [
  ["otpauth-migration:", "otpauth-migration"],
  ["phonefactor:", "phonefactor"],
  ["https://login.microsoftonline.com/authenticatorapp/", "phonefactor"],
  ["oktaverify:", "okta-verify"],
  ["duo://", "duo"],
  ["fido:/", "fido"],
  ["steam://", "steam"],
  ["motp://", "motp"],
  ["http://", "web-link"],
  ["https://", "web-link"],
  ["www.", "web-link"],
];

/**
 * Says what the text of a scanned code is: an account that a token can be burned with, or one of the
 * many other codes that people scan by mistake, with its plain next step.
 *
 * Nothing is thrown for any text.
 *
 * @example Tell a person that it was the wrong code
 * ```ts
 * import { classifyCode } from "@otpsmith/formats";
 *
 * const code = classifyCode("phonefactor://activate_account?code=1&url=2", { source: "QR code" });
 * if (code.kind !== "wrong" || code.is !== "phonefactor") throw new Error("unexpected");
 * ```
 */
export function classifyCode(
  input: Uint8Array | string,
  options: SourceOptions,
): OtpauthCode | WrongCode {
  if (input.length > MAX_INPUT) return wrong("unknown"); // a QR code holds less than 3 KiB
  try {
    return onBytes(input, (bytes) => {
      const text = trim(bytes);
      if (!startsWith(bytes, text, SCHEME)) return classifyOther(bytes, text);
      return { kind: "otpauth", account: parseOtpauth(bytes, options) };
    });
  } catch (error) {
    if (error instanceof FormatError) return fromError(error);
    throw error;
  }
}

/** The kind of a text that begins like a known code which is no otpauth URI. */
export function kindByBeginning(
  bytes: Uint8Array,
  range: Range,
): keyof typeof WRONG_CODES | undefined {
  return BEGINNINGS.find(([beginning]) => startsWith(bytes, range, beginning))?.[1];
}

function classifyOther(bytes: Uint8Array, range: Range): WrongCode {
  const beginning = kindByBeginning(bytes, range);
  if (beginning) return wrong(beginning);
  const text = bytes.subarray(range.start, range.end);
  if (text.length >= 4 && startsWith(bytes, range, SCHEME.slice(0, text.length))) {
    return { kind: "wrong", is: "cut-off-secret", ...CUT_OFF, position: range.end };
  }
  const decimals = countDecimals(text);
  if (decimals > 0) {
    return wrong(decimals >= 8 && decimals <= 15 ? "serial-number" : "plain-number");
  }
  if (isSerialLabel(text)) return wrong("serial-number");
  return wrong(looksLikeSeed(text) ? "bare-secret" : "unknown");
}

/** Whether a text is a serial number with its name in front, as printed beside barcodes. */
function isSerialLabel(text: Uint8Array): boolean {
  const all = { start: 0, end: text.length };
  const label = SERIAL_LABELS.find((label) => startsWith(text, all, label));
  if (!label) return false;
  let i = label.length;
  while (i < text.length && " :#.=".includes(String.fromCharCode(text[i]!))) i++;
  const decimals = countDecimals(text.subarray(i));
  return decimals >= 6 && decimals <= 20;
}

/** Whether a text is one long word, or groups of one size, in base32 or hexadecimal. */
function looksLikeSeed(text: Uint8Array): boolean {
  if (!isAll(text, "base32") && !isAll(text, "hex")) return false;
  const groups: number[] = [0];
  for (let i = 0; i < text.length;) {
    const skip = separatorAt(text, i);
    if (skip === 0) groups[groups.length - 1]!++;
    else if (groups.at(-1) !== 0) groups.push(0);
    i += skip || 1;
  }
  const last = groups.pop()!;
  const size = groups[0] ?? last;
  const length = groups.reduce((sum, group) => sum + group, last);
  // 16 characters are 10 bytes, the shortest seed that services give out.
  return length >= 16 && last <= size && groups.every((group) => group === size);
}

function fromError(error: FormatError): WrongCode {
  const kind = error.code.slice("format/".length);
  const is = kind === "cut-off-secret" || Object.hasOwn(WRONG_CODES, kind)
    ? kind as WrongKind
    : "unreadable-otpauth";
  const { message, position } = error;
  return {
    kind: "wrong",
    is,
    message,
    next: error.next ?? WRONG_CODES.unknown.next,
    ...(position === undefined ? {} : { position }),
  };
}

function wrong(is: keyof typeof WRONG_CODES): WrongCode {
  return { kind: "wrong", is, ...WRONG_CODES[is] };
}
