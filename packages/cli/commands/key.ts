import type { AccessSecret, Secret } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { ownerSecret, readSecret, secretName, type SecretOptions } from "../token/owner_secret.ts";
import { needSomebody, showTouch } from "../token/touch.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith key`. */
export interface KeyOptions extends TokenOptions, SecretOptions {
  readonly newKeyFd?: number;
  readonly remove?: boolean;
}

/** `otpsmith key`: replaces a token's key, password or PIN, or takes it away. */
export async function key(
  _source: string | undefined,
  options: KeyOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out, signal } = context;
  return await withToken({ ...options, context }, async ({ token }, bench) => {
    showToken(token, out);
    const { secret: wanted, rotation } = token.access ?? {};
    if (!wanted || !rotation) throw fixedKey(token.identity.serial);
    if (options.remove && !rotation.removable) throw notRemovable(wanted);
    needSomebody(rotation.hands, { context, bench });
    const present = await ownerSecret(token, { ...options, context });
    let next: Secret | undefined;
    try {
      next = options.remove ? undefined : await newSecret(wanted, { options, context });
      await rotation.rotate(next, {
        secret: present,
        signal,
        onTouch: showTouch({ context, bench }),
      });
    } finally {
      present?.wipe();
      next?.wipe();
    }
    const name = secretName(wanted);
    out.line(options.remove ? `The ${name} is gone.` : `The new ${name} counts. Keep it safe.`);
    const fields = { ...tokenFields(token.identity), removed: options.remove === true };
    out.result({ command: "key", ok: true, exit: EXIT.done, ...fields });
    return EXIT.done;
  });
}

/** A person types a new secret twice: nobody can look at it later. */
async function newSecret(
  wanted: AccessSecret,
  { options, context }: { readonly options: KeyOptions; readonly context: CommandContext },
): Promise<Secret> {
  const name = secretName(wanted);
  const source = { env: "OTPSMITH_NEW_TOKEN_KEY", fd: options.newKeyFd, ask: true };
  const question = `New ${name} (not shown): `;
  const first = await readSecret(wanted, { context, source: { ...source, question } });
  const typed = options.newKeyFd === undefined && context.io.env[source.env] === undefined;
  if (!typed) return first!;
  const again = `The new ${name} again: `;
  const second = await readSecret(wanted, { context, source: { ...source, question: again } });
  const same = first!.equals(second!);
  second!.wipe();
  if (same) return first!;
  first!.wipe();
  throw new CliError(`Cannot change ${name}: the two that were typed differ`, {
    code: "usage/key-differs",
    exit: EXIT.usage,
    next: "Nothing was sent; do it again.",
  });
}

function fixedKey(serial: string): CliError {
  return new CliError(`Cannot change key: token ${serial} has none that can be changed`, {
    code: "token/unsupported",
    exit: EXIT.refused,
    next: "Nothing is to be done.",
  });
}

function notRemovable(wanted: AccessSecret): CliError {
  return new CliError(`Cannot take the ${secretName(wanted)} away: this token always has one`, {
    code: "usage/key-remove",
    exit: EXIT.usage,
    next: "Replace it, or bring the token back to its factory state with 'otpsmith reset'.",
  });
}
