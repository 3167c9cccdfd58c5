import type { Range } from "./_text.ts";
import { readText, splitLabel } from "./_uri_text.ts";
import type { OtpAccount } from "./otp_account.ts";

type Plus = "keep" | "space";

/** The names of service and account, from the label and the value of the `issuer` parameter. */
export function readNames(
  bytes: Uint8Array,
  label: Range,
  parameter: Range | undefined,
): Pick<OtpAccount, "issuer" | "account" | "labelIssuer" | "raw"> {
  const parts = splitLabel(bytes, label);
  const read = (range: Range | undefined, plus: Plus): string =>
    range ? readText(bytes, range, plus) : "";
  const named = (plus: Plus): { issuer: string; account: string; prefix: string } => {
    const prefix = read(parts.issuer, plus);
    const issuer = read(parameter, plus) || prefix;
    const literal = read(parts.account, "keep");
    // alice+bank@example.com is an address with a plus, not with a space.
    const account = literal.includes("@") ? literal : read(parts.account, plus);
    return { issuer, account: account || issuer, prefix };
  };
  const { prefix, issuer, account } = named("space");
  const kept = named("keep");
  const isRead = kept.issuer !== issuer || kept.account !== account;
  return {
    issuer,
    account,
    ...(prefix !== "" && prefix !== issuer ? { labelIssuer: prefix } : {}),
    ...(isRead ? { raw: { issuer: kept.issuer, account: kept.account } } : {}),
  };
}
