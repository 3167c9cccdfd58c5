/** The hash function inside HMAC, spelt as in `otpauth://` addresses. */
export type OtpAlgorithm = "SHA1" | "SHA256" | "SHA512";

/** What a token and a service must agree upon, besides the seed. */
export interface OtpParameters {
  /** The hash function inside HMAC. */
  readonly algorithm: OtpAlgorithm;
  /** How many digits a code has: 6 to 10. */
  readonly digits: number;
  /** How long a code lasts, in seconds. */
  readonly period: number;
}
