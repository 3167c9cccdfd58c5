import type { BurnRequest, Token } from "@otpsmith/core";
import type { OtpAccount } from "@otpsmith/formats";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { fitTitle } from "./describe_slots.ts";

/** Options that say where a seed goes in a token with several slots. */
export interface SlotOptions {
  readonly slot?: number | string;
  readonly title?: string;
  readonly replace?: readonly (number | string)[];
  readonly touch?: boolean;
}

/** What an account asks of a token; several go into slots that follow each other. */
export function requestFor(
  account: OtpAccount,
  { index, token, options }: {
    /** Which of several accounts it is. */
    readonly index: number;
    readonly token: Token;
    readonly options: SlotOptions & {
      readonly sync: boolean;
      readonly displayOff?: number;
      readonly serial?: string;
    };
  },
): BurnRequest {
  const { algorithm, digits, period, secret: seed } = account;
  return {
    seed,
    algorithm,
    digits,
    period,
    syncClock: options.sync,
    displayOffSeconds: options.displayOff,
    serial: options.serial,
    slot: slotFor(options.slot, index),
    title: titleFor(account, { token, title: options.title }),
    ...(options.touch ? { touch: true } : {}),
  };
}

function slotFor(slot: number | string | undefined, index: number): number | "next" | undefined {
  if (slot === undefined || slot === "next") return slot;
  if (typeof slot === "number") return slot + index;
  throw new CliError("Cannot use that slot: it is neither a number nor next", {
    code: "usage/slot",
    exit: EXIT.usage,
    next: "Name a number, or say --slot next for the first that is free.",
  });
}

/** Where slots are found by title, it has to be whole; elsewhere it is for people and may be cut. */
export function titleFor(
  account: OtpAccount,
  { token, title }: { readonly token: Token; readonly title: string | undefined },
): string | undefined {
  if (title !== undefined) return title;
  const { foundBy, titleBytes = 0 } = token.traits?.slots ?? {};
  if (titleBytes === 0) return undefined;
  const name = [account.issuer, account.account].filter((part) => part !== "");
  if (foundBy === "title") return name.join(":") || undefined;
  return fitTitle(name.length > 0 ? account.issuer || account.account : "", titleBytes) ||
    undefined;
}
