import { type SlotTarget, systemTime, type Token } from "@otpsmith/core";
import type { OtpAccount } from "@otpsmith/formats";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import type { Bench } from "./bench.ts";
import { titleFor } from "./burn_request.ts";
import { inOneStep } from "./in_one_step.ts";
import { type SecretOptions, unlockOnlyToRead } from "./owner_secret.ts";
import { showTouch } from "./touch.ts";

/** A code that a token gave. */
export interface TokenCode {
  readonly code: string;
  /** When it was asked for, in milliseconds since 1970. */
  readonly shownAt: number;
  /** `computed` for the time of this computer; `display` for the token's own. */
  readonly level: "computed" | "display";
}

/**
 * Asks a token for the code of an account: it computes one, or tells the one on its display.
 *
 * @throws {CliError} If this token tells no code, or it has several slots and none was named.
 */
export async function codeFromToken(
  token: Token,
  { account, slot, bench, context, ...options }: SecretOptions & {
    readonly account: OtpAccount;
    readonly slot: number | string | undefined;
    readonly bench: Bench;
    readonly context: CommandContext;
  },
): Promise<TokenCode> {
  const { signal } = context;
  const { shownCode } = token;
  if (shownCode) {
    const read = await inOneStep(account.period, () => shownCode.read({ signal }));
    return { ...read, level: "display" };
  }
  if (!token.codes) throw tellsNoCode(token);
  await unlockOnlyToRead(token, { ...options, context });
  const target = await targetOf(token, { account, slot, context });
  const { algorithm, digits, period } = account;
  const shownAt = systemTime.now();
  const code = await token.codes.compute(
    { ...target, settings: { algorithm, digits, period } },
    { seconds: Math.floor(shownAt / 1000), signal, onTouch: showTouch({ context, bench }) },
  );
  return { code, shownAt, level: "computed" };
}

async function targetOf(
  token: Token,
  { account, slot, context: { signal } }: {
    readonly account: OtpAccount;
    readonly slot: number | string | undefined;
    readonly context: CommandContext;
  },
): Promise<SlotTarget> {
  const { foundBy, count = 1 } = token.traits?.slots ?? {};
  const byTitle = foundBy === "title";
  if (byTitle && typeof slot !== "number") {
    return { slot: 0, title: titleFor(account, { token, title: slot }) };
  }
  if (typeof slot === "number" && !byTitle) return { slot };
  if (typeof slot === "number") {
    const found = (await token.slots?.list({ signal }))?.find((state) => state.slot === slot);
    if (found) return found;
  } else if (count === 1) return { slot: 0 };
  throw new CliError(
    slot === undefined
      ? "Cannot ask the token for a code: it has several slots"
      : "Cannot ask the token for a code: it has no such slot",
    {
      code: slot === undefined ? "burn/which-slot" : "burn/no-such-slot",
      exit: EXIT.refused,
      next: "Name one with --slot; 'otpsmith slots' lists them.",
    },
  );
}

function tellsNoCode({ identity }: Token): CliError {
  return new CliError(
    `Cannot ask token ${identity.serial} for a code: it shows codes on its display, and tells none`,
    {
      code: "token/unsupported",
      exit: EXIT.refused,
      next: "Read the code on the display and give it with --code DIGITS.",
    },
  );
}
