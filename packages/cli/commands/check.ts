import { preflight, type PreflightFinding, type Provider, PROVIDERS } from "@otpsmith/formats";
import type { OtpAccount } from "@otpsmith/formats";
import type { TokenTraits } from "@otpsmith/core/token";
import { accountName, findAccount } from "../account/find_account.ts";
import type { AccountOptions } from "../account/read_findings.ts";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";

/** Options of `otpsmith check`. */
export interface CheckOptions extends AccountOptions {
  readonly for?: string;
}

/** `otpsmith check`: whether an account will work at a provider; no token is looked at. */
export async function check(
  source: string | undefined,
  options: CheckOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const account = await findAccount(source, { ...options, context });
  try {
    out.field("Account", accountName(account));
    const asked = PROVIDERS.filter(({ id }) => options.for === undefined || options.for === id);
    const answers = asked.map((provider) => {
      const findings = preflight({ account, provider });
      const works = findings.every(({ severity }) => severity === "note");
      out.field(provider.id, works ? "nothing speaks against it" : "will not work");
      for (const { message, severity } of findings) {
        if (severity === "refusal" || options.for !== undefined) out.line(`  ${message}`);
      }
      const { id, name, read, sources } = provider;
      return { provider: id, name, works, findings, read, sources };
    });
    const refused = options.for !== undefined && answers.some(({ works }) => !works);
    const exit = refused ? EXIT.refused : EXIT.done;
    out.result({ command: "check", ok: !refused, exit, answers });
    return exit;
  } finally {
    account.secret.wipe();
  }
}

/** Before a burn: refuses what will not work at the provider, and tells what is good to know. */
export function checkProvider(
  id: string | undefined,
  { account, traits }: { account: OtpAccount; traits?: TokenTraits | undefined },
  { out }: CommandContext,
): void {
  const provider: Provider | undefined = PROVIDERS.find((provider) => provider.id === id);
  if (!provider) return;
  const findings = preflight({ account, provider, traits });
  const refusals = findings.filter(({ severity }) => severity === "refusal");
  if (refusals.length > 0) throw willNotWork(provider, refusals);
  for (const { message } of findings) out.warn(message);
}

function willNotWork(provider: Provider, refusals: readonly PreflightFinding[]): CliError {
  return new CliError(
    `Cannot burn for ${provider.name}: ${refusals.map(({ message }) => message).join(" ")}`,
    {
      code: "burn/provider",
      exit: EXIT.refused,
      next: "Ask the provider for other settings, or take another token.",
      fields: { refusals },
    },
  );
}
