import {
  type BurnPlan,
  planBurn,
  type Proof,
  systemTime,
  type TokenConnection,
} from "@otpsmith/core";
import type { OtpAccount } from "@otpsmith/formats";
import { accountName, findAccount } from "../account/find_account.ts";
import type { AccountOptions } from "../account/read_findings.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { notProven, proofFields, proveTyped, showProof } from "../token/ask_code.ts";
import type { Bench } from "../token/bench.ts";
import { carryOut, planFields, refused, showPlan, wantConsent } from "../token/carry_out.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith burn`. */
export interface BurnOptions extends AccountOptions, TokenOptions {
  readonly sync: boolean;
  readonly displayOff?: number;
  readonly hostClockChecked?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly code?: string;
}

/** `otpsmith burn`: the main job, from the picture to the proof. */
export async function burn(
  source: string | undefined,
  options: BurnOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const account = await findAccount(source, { ...options, context });
  try {
    context.out.field("Account", accountName(account));
    return await withToken(
      { ...options, context },
      (connection, bench) => burnInto(connection, { account, bench, options, context }),
    );
  } finally {
    account.secret.wipe();
  }
}

interface Work {
  readonly account: OtpAccount;
  readonly bench: Bench;
  readonly options: BurnOptions;
  readonly context: CommandContext;
}

async function burnInto(connection: TokenConnection, work: Work): Promise<ExitCode> {
  const { account, bench, options, context } = work;
  const { out } = context;
  showToken(connection.token, out);
  const { algorithm, digits, period, secret: seed } = account;
  const plan = planBurn({
    token: connection.token,
    request: {
      seed,
      algorithm,
      digits,
      period,
      syncClock: options.sync,
      displayOffSeconds: options.displayOff,
      serial: options.serial,
    },
    policy: { now: systemTime.now(), hostClockChecked: options.hostClockChecked },
  });
  if (!plan.ok) throw refused(plan);
  try {
    showPlan(plan, context);
    if (options.dryRun) {
      out.line("Nothing was written.");
      out.result({
        command: "burn",
        ok: true,
        exit: EXIT.done,
        dryRun: true,
        ...tokenFields(connection.token.identity),
        plan: planFields(plan),
      });
      return EXIT.done;
    }
    // A simulated token is nobody's: there is nothing to agree to.
    const given = options.yes === true || bench.simulated !== undefined;
    await wantConsent(plan, { given, context });
    const identity = tokenFields(connection.token.identity);
    const outcome = await carryOut(connection, plan, {
      context,
      simulated: bench.simulated !== undefined,
    });
    out.line(`${outcome.message}.`);
    await connection[Symbol.asyncDispose](); // the token is about to be taken away
    // It is burned: whatever goes wrong with the proof, this is not a command that has written nothing.
    const proof = await prove(plan, work).catch((): Proof => ({ level: "none", match: false }));
    const fields = {
      ...identity,
      issuer: account.issuer,
      account: account.account,
      clock: { driftBeforeSeconds: plan.driftBeforeSeconds ?? null, synced: plan.clock === "sync" },
      proof: proofFields(proof),
    };
    if (proof.level === "none") throw notProven(identity.serial, fields);
    showProof(proof, out);
    const exit = proof.match ? EXIT.done : EXIT.failed;
    out.result({ command: "burn", ok: proof.match, exit, ...fields });
    return exit;
  } finally {
    plan.seed?.wipe();
  }
}

async function prove(plan: BurnPlan, { account, bench, options, context }: Work): Promise<Proof> {
  const { out } = context;
  let { code } = options;
  if (bench.simulated && code === undefined) {
    code = bench.simulated.switchOffAndOnAndRead();
    out.line(
      `The simulated token was switched off and on; its display shows ${code ?? "no code"}.`,
    );
  } else if (out.interactive && code === undefined && !context.signal.aborted) {
    out.line("Take the token off the reader, switch it off and on, and type the code it shows.");
  }
  const typed = await proveTyped(account.secret, { parameters: plan.parameters, code, context });
  return typed ?? { level: "none", match: false };
}
