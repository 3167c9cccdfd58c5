import type { OtpAccount } from "@otpsmith/formats";
import { accountName, findAccount } from "../account/find_account.ts";
import type { AccountOptions } from "../account/read_findings.ts";
import type { Secret } from "@otpsmith/core/secret";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { proofFields, proveTyped, showProof } from "../token/ask_code.ts";
import { codeFromToken, type TokenCode } from "../token/code_from_token.ts";
import { showToken } from "../token/describe_token.ts";
import { inOneStep } from "../token/in_one_step.ts";
import type { SecretOptions } from "../token/owner_secret.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith verify`. */
export interface VerifyOptions extends AccountOptions, TokenOptions, SecretOptions {
  readonly code?: string;
  readonly fromToken?: boolean;
  readonly previous?: string;
  readonly slot?: number | string;
}

/** `otpsmith verify`: compares a code with a seed, one that was typed or one that the token is asked for. */
export async function verify(
  source: string | undefined,
  options: VerifyOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const account = await findAccount(source, { ...options, context });
  try {
    const { code, shownAt, level = "display" } = await givenCode(account, options, context);
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
    showProof({ ...proof, level }, { out });
    const exit = proof.match ? EXIT.done : EXIT.failed;
    const { level: _level, ...found } = proofFields(proof);
    const { fromToken: asked } = options;
    out.result({
      command: "verify",
      ok: proof.match,
      exit,
      issuer: account.issuer,
      account: account.account,
      ...found,
      ...(asked ? { level } : {}),
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

/** The code that was typed, that the token tells, or that is on the display of a simulated one. */
async function givenCode(
  account: OtpAccount,
  options: VerifyOptions,
  context: CommandContext,
): Promise<Partial<TokenCode>> {
  const { code, fromToken, slot, simulator, token: model } = options;
  if (code !== undefined) return { code };
  if (fromToken) {
    return await withToken({ ...options, context }, async ({ token }, bench) => {
      showToken(token, context.out);
      return await codeFromToken(token, { ...options, account, slot, bench, context });
    });
  }
  if (simulator === undefined) return {};
  const { openSimulator } = await import("../token/simulated_token.ts");
  const simulated = openSimulator(simulator, { model });
  const place = typeof slot === "number" ? slot : undefined;
  const { code: shown, shownAt } = await inOneStep(
    account.period,
    () => simulated.readDisplay(place),
  );
  return shown === undefined ? {} : { code: shown, shownAt };
}
