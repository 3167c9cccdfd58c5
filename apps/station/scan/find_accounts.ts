import { isProjectError } from "@otpsmith/core/errors";
import {
  accountOfRecord,
  classifyCode,
  encodeBase32,
  type OtpAccount,
  parseGooglePart,
} from "@otpsmith/formats";
import type { ActionInput, StationProblem } from "@otpsmith/cli/station_api";
import type { ReadCode } from "./decoder.ts";

/** What a code holds that the page can go on with. */
export interface FoundAccount {
  /** What is shown; the seed only on request. */
  readonly account: OtpAccount;
  /** What is sent if the person takes it. */
  readonly input: ActionInput<"set-account">;
}

/** What is made of the codes of a picture. */
export interface Found {
  /** Accounts to choose from. */
  readonly accounts: readonly FoundAccount[];
  /** Codes that are something else, each with the plain next step. */
  readonly wrong: readonly StationProblem[];
}

/** Tells accounts from all the other codes that people scan. */
export function findAccounts(codes: readonly ReadCode[], source: string): Found {
  const accounts: FoundAccount[] = [];
  const wrong: StationProblem[] = [];
  for (const { text, repaired } of codes) {
    const found = classifyCode(text, { source });
    if (found.kind === "otpauth") {
      accounts.push({ account: found.account, input: { text, as: "link", source, repaired } });
    } else if (found.is === "otpauth-migration") {
      const entries = googleEntries(text, source);
      for (const entry of entries) {
        if ("code" in entry) wrong.push(entry);
        else accounts.push({ account: entry, input: inputOf(entry, { source, repaired }) });
      }
    } else {
      const { is, message, next } = found;
      wrong.push({ code: `code/${is}`, message, next });
    }
  }
  return { accounts, wrong };
}

/** The accounts in one code of Google Authenticator's export. */
function googleEntries(text: string, source: string): readonly (OtpAccount | StationProblem)[] {
  const bytes = new TextEncoder().encode(text);
  const attempt = <T>(work: () => T): T | StationProblem => {
    try {
      return work();
    } catch (error) {
      if (!isProjectError(error)) throw error;
      return problemOf(error);
    }
  };
  const part = attempt(() => parseGooglePart(bytes, { source }));
  bytes.fill(0);
  if ("code" in part) return [part];
  return part.entries.map((entry) =>
    isProjectError(entry) ? problemOf(entry) : attempt(() => accountOfRecord(entry, { source }))
  );
}

function problemOf(
  { code, message, next }: { code: string; message: string; next?: string | undefined },
): StationProblem {
  return { code, message, next: next ?? null };
}

function inputOf(
  { issuer, account, algorithm, digits, period, secret }: OtpAccount,
  { source, repaired }: { readonly source: string; readonly repaired: boolean },
): ActionInput<"set-account"> {
  const names = { issuer: issuer.slice(0, 200), account: account.slice(0, 200) };
  const text = seedText(secret);
  return { text, as: "base32", source, repaired, ...names, algorithm, digits, period };
}

/** A seed as the person reads it in other programs. */
export function seedText(secret: OtpAccount["secret"]): string {
  return secret.use((bytes) => new TextDecoder().decode(encodeBase32(bytes)));
}
