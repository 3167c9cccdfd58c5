import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { ask } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { needSomebody, showTouch } from "../token/touch.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith reset`. */
export interface ResetOptions extends TokenOptions {
  readonly eraseAll?: string;
}

/**
 * `otpsmith reset`: brings a token back to how it left the factory. The consent names the token, by its
 * serial number: it is the one command that nothing brings back from.
 */
export async function reset(
  _source: string | undefined,
  options: ResetOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out, io, signal } = context;
  return await withToken({ ...options, context }, async ({ token }, bench) => {
    showToken(token, out);
    const { serial } = token.identity;
    if (!token.reset) throw noReset(serial);
    for (const loss of token.reset.destroys) out.field("Destroys", out.style(loss, "yellow"));
    const named = options.eraseAll ??
      (out.interactive
        ? await ask(`To erase all of it, type the serial number ${serial}: `, { io, signal })
        : undefined);
    if (named === undefined) throw nobodyAgreed(serial);
    if (named !== serial) throw notNamed();
    needSomebody(token.reset.hands, { context, bench });
    await token.reset.run({ signal, onTouch: showTouch({ context, bench }) });
    out.line("The token is as it left the factory.");
    out.result({ command: "reset", ok: true, exit: EXIT.done, ...tokenFields(token.identity) });
    return EXIT.done;
  });
}

function noReset(serial: string): CliError {
  return new CliError(`Cannot reset: token ${serial} has no command for that`, {
    code: "token/unsupported",
    exit: EXIT.refused,
    next: "Burn another seed over the one that is in it.",
  });
}

function nobodyAgreed(serial: string): CliError {
  return new CliError(`Cannot reset token ${serial}: nobody has agreed to it`, {
    code: "needs-person/consent",
    exit: EXIT.needsPerson,
    next: `Repeat the command with --erase-all ${serial} if all seeds in it may be lost.`,
  });
}

function notNamed(): CliError {
  return new CliError("Nothing was erased: the serial number is another one", {
    code: "burn/declined",
    exit: EXIT.refused,
    next: "Look at the serial number and do it again if all seeds in that token may be lost.",
  });
}
