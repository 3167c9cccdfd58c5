import type { SlotState } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { slotFields, slotLine } from "../token/describe_slots.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { type SecretOptions, unlockOnlyToRead } from "../token/owner_secret.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** `otpsmith slots`: what a token with several seeds holds. */
export async function slots(
  _source: string | undefined,
  options: TokenOptions & SecretOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out, signal } = context;
  return await withToken({ ...options, context }, async ({ token }) => {
    showToken(token, out);
    if (!token.slots || !token.traits) throw oneSeed(token.identity.serial);
    const { count } = token.traits.slots;
    await unlockOnlyToRead(token, { ...options, context });
    const states = await token.slots.list({ signal });
    const used = states.filter(({ occupied }) => occupied);
    out.field("Slots", `${used.length} of ${count} hold a seed`);
    for (const state of states) if (state.occupied || state.title) out.line(slotLine(state));
    out.result({
      command: "slots",
      ok: true,
      exit: EXIT.done,
      ...tokenFields(token.identity),
      count,
      occupied: used.length,
      slots: states.map((state: SlotState) => slotFields(state)),
    });
    return EXIT.done;
  });
}

function oneSeed(serial: string): CliError {
  return new CliError(
    `Cannot list slots: token ${serial} has one place for a seed and tells nothing`,
    {
      code: "token/unsupported",
      exit: EXIT.refused,
      next: "Compare a code from its display with 'otpsmith verify'.",
    },
  );
}
