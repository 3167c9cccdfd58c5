import { foldSeed } from "@otpsmith/core/otp";
import type { TokenTraits } from "@otpsmith/core/token";
import type { OtpAccount } from "../otp_account.ts";
import type { Provider } from "./provider_data.ts";

/** One answer of {@linkcode preflight}. */
export interface PreflightFinding {
  /** `refusal`: codes would be refused or the token cannot do it. `note`: good to know before. */
  readonly severity: "refusal" | "note";
  /** Stable name of the reason. */
  readonly code: PreflightCode;
  /** One plain sentence. */
  readonly message: string;
}

/**
 * Reasons.
 *
 * - `algorithm`, `digits`, `period`: the account's value is none that the provider, or the model, knows.
 * - `seed-too-long`: the provider takes no seed of this length, or it does not fit into the model.
 * - `long-seeds`: the provider gives out seeds that not every model holds.
 * - `no-drift`: the provider follows no clock that drifts, and this model loses its seed when it is set.
 * - `pitfall`: what people stumble over there.
 */
export type PreflightCode =
  | "algorithm"
  | "digits"
  | "period"
  | "seed-too-long"
  | "long-seeds"
  | "no-drift"
  | "pitfall";

/** What {@linkcode preflight} is asked. */
export interface PreflightQuestion {
  /** What is to be burned. */
  readonly account: Pick<OtpAccount, "algorithm" | "digits" | "period" | "secret">;
  /** Where the codes will be checked. */
  readonly provider: Provider;
  /** What the model can do; without it, only the provider is asked. */
  readonly traits?: TokenTraits | undefined;
}

/**
 * Will this secret work on this token at this provider? Pure, from data with sources: to be asked before
 * anything is erased. What is not known of a provider leads to no finding.
 *
 * @example A time step that the provider does not take
 * ```ts
 * import { parseOtpauth, preflight, PROVIDERS } from "@otpsmith/formats";
 *
 * const text = "otpauth://totp/A:x?secret=JBSWY3DPEHPK3PXP&period=60";
 * const account = parseOtpauth(text, { source: "QR code" });
 * const provider = PROVIDERS.find(({ id }) => id === "okta")!;
 * const [finding] = preflight({ account, provider });
 * if (finding?.severity !== "refusal" || finding.code !== "period") throw new Error("unexpected");
 * ```
 */
export function preflight(question: PreflightQuestion): readonly PreflightFinding[] {
  const { account, provider, traits } = question;
  const { name, followsDrift, seedBytes, maxSeedBytes = Infinity } = provider;
  const findings: PreflightFinding[] = [];
  const refuse = (code: PreflightCode, message: string): number =>
    findings.push({ severity: "refusal", code, message });
  const tell = (code: PreflightCode, message: string): number =>
    findings.push({ severity: "note", code, message });

  for (const [who, takes] of [[name, provider], ["This model", traits]] as const) {
    if (takes?.algorithms?.includes(account.algorithm) === false) {
      refuse("algorithm", `${who} does not compute with ${account.algorithm}.`);
    }
    if (takes?.digits?.includes(account.digits) === false) {
      refuse("digits", `${who} has no codes of ${account.digits} digits.`);
    }
    if (takes?.periods?.includes(account.period) === false) {
      refuse("period", `${who} has no time step of ${account.period} s.`);
    }
  }
  if (account.secret.length > maxSeedBytes) {
    refuse("seed-too-long", `${name} takes no seed of more than ${maxSeedBytes} bytes.`);
  }
  if (traits) {
    const folded = foldSeed(account.secret, {
      algorithm: account.algorithm,
      maxBytes: traits.seed.maxBytes,
    });
    if (folded.ok) folded.seed.wipe();
    else refuse("seed-too-long", "The seed does not fit into this model, and cannot be shortened.");
    if (seedBytes !== undefined && traits.seed.maxBytes < seedBytes) {
      tell("long-seeds", `${name} gives out seeds of ${seedBytes} bytes; this model holds fewer.`);
    }
    if (followsDrift === false && traits.clockWrite === "clears-seeds") {
      tell(
        "no-drift",
        `${name} follows no clock that drifts, and this model loses its seed when its clock is set again.`,
      );
    }
  }
  for (const pitfall of provider.pitfalls) tell("pitfall", pitfall);
  return findings;
}
