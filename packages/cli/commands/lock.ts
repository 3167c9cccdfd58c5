import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { ownerSecret, type SecretOptions } from "../token/owner_secret.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** `otpsmith lock`: locks a token's screen, or unlocks it. */
export async function lock(
  _source: string | undefined,
  options: TokenOptions & SecretOptions & { readonly undo?: boolean },
  context: CommandContext,
): Promise<ExitCode> {
  const { out, signal } = context;
  return await withToken({ ...options, context }, async ({ token }) => {
    showToken(token, out);
    const locked = options.undo !== true;
    if (!token.screen) {
      throw new CliError(
        `Cannot lock screen: token ${token.identity.serial} has no command for that`,
        {
          code: "token/unsupported",
          exit: EXIT.refused,
          next: "Nothing was sent.",
        },
      );
    }
    const secret = await ownerSecret(token, { ...options, context });
    await token.access?.authenticate({ secret, signal }).finally(() => secret?.wipe());
    await token.screen.lock(locked, { signal });
    out.line(locked ? "The screen is locked." : "The screen is unlocked.");
    out.result({
      command: "lock",
      ok: true,
      exit: EXIT.done,
      ...tokenFields(token.identity),
      locked,
    });
    return EXIT.done;
  });
}
