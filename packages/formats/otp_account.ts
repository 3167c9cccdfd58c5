import type { OtpAlgorithm } from "@otpsmith/core/otp";
import type { Secret } from "@otpsmith/core/secret";

/**
 * An account as its service described it: what a token needs in order to show the service's codes.
 *
 * Whether a certain token can do it (its digits, its hash, its seed length) is the planner's question.
 * The object is safe to print and to serialise: the secret shows its length only.
 */
export interface OtpAccount {
  /** Time-based codes, RFC 6238. Counter-based ones are refused with their own next step. */
  readonly type: "totp";
  /** Service, for a person; empty if it is not named. */
  readonly issuer: string;
  /** Account, for a person; the issuer if the account is not named. */
  readonly account: string;
  /** Service as the label names it, if the `issuer` parameter names another. Show both. */
  readonly labelIssuer?: string;
  /**
   * The names with every `+` kept, if one was read as a space: form encoding writes spaces like that
   * (Microsoft does), the URI standard does not.
   */
  readonly raw?: { readonly issuer: string; readonly account: string };
  /** Hash function. */
  readonly algorithm: OtpAlgorithm;
  /** Code length, 1 to 10. */
  readonly digits: number;
  /** Time step in seconds, at least 1. */
  readonly period: number;
  /** The seed. Wipe it when it is no longer needed. */
  readonly secret: Secret;
  /** What is odd about the input, as sentences for a person; nothing of the seed is in them. */
  readonly warnings: readonly string[];
}
