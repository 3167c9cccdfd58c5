import { Secret, type Token } from "@otpsmith/core";
import { classifyCode, type OtpAccount, readAccount } from "@otpsmith/formats";
import type { ActionInput, StationAccount } from "../station_api/mod.ts";
import { ActionRefused } from "./_problems.ts";

/** An account with what the page may know of it. */
export interface GivenAccount {
  /** With its seed. Whoever drops it wipes the seed. */
  readonly account: OtpAccount;
  /** Without it. */
  readonly view: StationAccount;
}

/**
 * Reads what the page sent. The page has looked at it already; the server believes nothing.
 *
 * @throws {ActionRefused} If it is another code; with the plain next step, and nothing of the text.
 * @throws {FormatError} If it is no seed in the notation that was said.
 */
export function readGiven(input: ActionInput<"set-account">): GivenAccount {
  const bytes = new TextEncoder().encode(input.text);
  try {
    const account = input.as === "link" ? link(bytes, input.source) : typed(bytes, input);
    const { issuer, account: name, algorithm, digits, period, secret, warnings } = account;
    return {
      account,
      view: {
        issuer,
        account: name,
        algorithm,
        digits,
        period,
        seedBytes: secret.length,
        source: input.source,
        warnings,
        repaired: input.repaired === true,
      },
    };
  } finally {
    bytes.fill(0);
  }
}

function link(bytes: Uint8Array, source: string): OtpAccount {
  const found = classifyCode(bytes, { source });
  if (found.kind === "otpauth") return found.account;
  const { is, message, next } = found;
  throw new ActionRefused({ code: `code/${is}`, message, next });
}

function typed(bytes: Uint8Array, input: ActionInput<"set-account">): OtpAccount {
  const { as, source } = input;
  const read = readAccount(bytes, { source, as: as === "hex" ? "hex" : "base32" });
  const { issuer = read.issuer, account = read.account } = input;
  const { algorithm = read.algorithm, digits = read.digits, period = read.period } = input;
  return { ...read, issuer, account, algorithm, digits, period };
}

/**
 * What the owner typed for a token.
 *
 * @throws {ActionRefused} If it has another length than the token takes: a wrong one may cost a try.
 */
export function readSecret(text: string, { access }: Token): Secret {
  const bytes = new TextEncoder().encode(text);
  const { kind, bytes: { min, max } } = access!.secret!;
  if (bytes.length >= min && bytes.length <= max) return Secret.take(bytes);
  const { length } = bytes;
  bytes.fill(0);
  throw new ActionRefused({
    code: "station/secret-length",
    message: `Cannot use this ${
      NAMES[kind]
    }: it has ${length} bytes, ${min} to ${max} are possible`,
    next: "Nothing was sent; check what was typed.",
  });
}

const NAMES = { "customer-key": "customer key", "password": "password", "pin": "PIN" } as const;
