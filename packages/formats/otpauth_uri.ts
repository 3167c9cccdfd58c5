import { checkLength, onBytes } from "./_text.ts";
import { UriReader } from "./_uri_reader.ts";
import type { OtpAccount } from "./otp_account.ts";
import type { SourceOptions } from "./typed_seed.ts";

/**
 * Reads an `otpauth://totp/` URI, as set-up QR codes of services hold it.
 *
 * Forgiving in what people and services vary: case, white space around and inside the secret, padding,
 * `&amp;`, missing label, unknown parameters, empty ones, malformed percent escapes. Strict in what
 * changes a code: a secret that was cut off, a wrong character, a parameter given twice, an unknown
 * hash. There is no standard; the rules follow Google's key URI wiki page and the URIs found in the wild.
 *
 * Give bytes if you can, and wipe them afterwards: a string that holds a seed cannot be wiped.
 *
 * @throws {FormatError} With the position in the input, and never any part of the secret. Its code is
 * `format/otpauth`, or names why a token cannot use it: `format/cut-off-secret`, `format/hotp`,
 * `format/steam`, `format/yandex`, `format/motp`.
 *
 * @example Read the text of a QR code
 * ```ts
 * import { parseOtpauth } from "@otpsmith/formats";
 *
 * const text = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&issuer=Example";
 * const account = parseOtpauth(new TextEncoder().encode(text), { source: "QR code" });
 * if (account.issuer !== "Example" || account.secret.length !== 10) throw new Error("unexpected");
 * account.secret.wipe();
 * ```
 */
export function parseOtpauth(input: Uint8Array | string, options: SourceOptions): OtpAccount {
  checkLength(input, { source: options.source, kind: "otpauth", what: "otpauth URI" });
  return onBytes(input, (bytes) => new UriReader(bytes, options.source).read());
}
