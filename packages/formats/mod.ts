/**
 * Text in, accounts out: otpauth URIs, typed seeds, and the classifier that says what a wrong code is.
 *
 * Parsers work on bytes, because a string that holds a seed cannot be wiped, and give the seed as a
 * `Secret`. Errors are `FormatError`s with a position and a next step, and never repeat the input.
 *
 * @example From the text of a QR code to an account
 * ```ts
 * import { classifyCode } from "@otpsmith/formats";
 *
 * const text = "otpauth://totp/Example:alice?secret=JBSWY3DPEHPK3PXP&issuer=Example";
 * const code = classifyCode(new TextEncoder().encode(text), { source: "QR code" });
 * if (code.kind !== "otpauth") throw new Error(`${code.message}. ${code.next}`);
 * if (code.account.account !== "alice") throw new Error("unexpected");
 * code.account.secret.wipe();
 * ```
 *
 * @module
 */
export * from "./otp_account.ts";
export * from "./otpauth_uri.ts";
export * from "./typed_seed.ts";
export * from "./base32.ts";
export { classifyCode, type OtpauthCode, type WrongCode } from "./classify.ts";
export type { WrongKind } from "./wrong_code.ts";
export * from "./read_account.ts";
export * from "./token_record.ts";
export * from "./readers/mod.ts";
export * from "./exporters/mod.ts";
export * from "./providers/mod.ts";
