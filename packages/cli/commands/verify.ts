import { accountName, findAccount } from "../account/find_account.ts";
import type { AccountOptions } from "../account/read_findings.ts";
import type { Secret } from "@otpsmith/core/secret";
import { systemTime } from "@otpsmith/core/time";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { proofFields, proveTyped, showProof } from "../token/ask_code.ts";
import { openSimulator } from "../token/simulated_token.ts";

/** Options of `otpsmith verify`. */
export interface VerifyOptions extends AccountOptions {
  readonly code?: string;
  readonly previous?: string;
  readonly simulator?: string;
  readonly token?: string;
  readonly slot?: number;
}

/** `otpsmith verify`: compares a typed code with a seed; nothing is sent anywhere. */
export async function verify(
  source: string | undefined,
  options: VerifyOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const account = await findAccount(source, { ...options, context });
  try {
    const shownAt = options.code === undefined && options.simulator !== undefined
      ? systemTime.now()
      : undefined;
    const code = options.code ?? displayed(options);
    const previous = await previousSeed(options.previous, context);
    const proof = await proveTyped(account.secret, {
      parameters: account,
      code,
      shownAt,
      previous,
      context,
    }).finally(() => previous?.wipe());
    if (!proof) {
      throw new CliError("Cannot verify: no code was given", {
        code: "needs-person/code",
        exit: EXIT.needsPerson,
        next: "Read the code on the token's display and repeat with --code DIGITS.",
      });
    }
    out.field("Account", accountName(account));
    showProof(proof, { out });
    const exit = proof.match ? EXIT.done : EXIT.failed;
    const { level: _level, ...found } = proofFields(proof);
    out.result({
      command: "verify",
      ok: proof.match,
      exit,
      issuer: account.issuer,
      account: account.account,
      ...found,
    });
    return exit;
  } finally {
    account.secret.wipe();
  }
}

async function previousSeed(
  source: string | undefined,
  context: CommandContext,
): Promise<Secret | undefined> {
  return source === undefined ? undefined : (await findAccount(source, { context })).secret;
}

function displayed({ simulator, token, slot }: VerifyOptions): string | undefined {
  if (simulator === undefined) return undefined;
  const simulated = openSimulator(simulator, { model: token });
  return simulated.readDisplay(slot);
}
