import {
  type BurnPlan,
  type BurnRequest,
  planBurnAll,
  type Proof,
  proveByToken,
  readSlots,
  type Secret,
  systemTime,
  type TokenConnection,
  wipePlan,
} from "@otpsmith/core";
import type { OtpAccount } from "@otpsmith/formats";
import { accountName, findAccounts } from "../account/find_account.ts";
import type { AccountOptions, ReadAccount } from "../account/read_findings.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { checkProvider } from "./check.ts";
import { notProven, proofFields, proveTyped, showProof } from "../token/ask_code.ts";
import type { Bench } from "../token/bench.ts";
import { carryOut, planFields, refused, showPlan, wantConsent } from "../token/carry_out.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { requestFor, type SlotOptions } from "../token/burn_request.ts";
import { inOneStep } from "../token/in_one_step.ts";
import { ownerSecret, type SecretOptions, unlockToRead } from "../token/owner_secret.ts";
import { showTouch } from "../token/touch.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith burn`. */
export interface BurnOptions extends AccountOptions, TokenOptions, SecretOptions, SlotOptions {
  readonly all?: boolean;
  readonly sync: boolean;
  readonly displayOff?: number;
  readonly hostClockChecked?: boolean;
  readonly dryRun?: boolean;
  readonly yes?: boolean;
  readonly code?: string;
  readonly for?: string;
}

/** `otpsmith burn`: the main job, from the picture to the proof. */
export async function burn(
  source: string | undefined,
  options: BurnOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const accounts = await findAccounts(source, { ...options, context });
  try {
    for (const account of accounts) context.out.field("Account", accountName(account));
    return await withToken({ ...options, context }, async (connection, bench) => {
      showToken(connection.token, context.out);
      for (const account of accounts) {
        checkProvider(options.for, { account, traits: connection.token.traits }, context);
      }
      const secret = await ownerSecret(connection.token, { ...options, context });
      const work = { connection, accounts, bench, options, context, secret };
      return await burnInto(work).finally(() => secret?.wipe());
    });
  } finally {
    for (const { secret } of accounts) secret.wipe();
  }
}

interface Work {
  readonly connection: TokenConnection;
  readonly accounts: readonly ReadAccount[];
  readonly bench: Bench;
  readonly options: BurnOptions;
  readonly context: CommandContext;
  /** What the owner shows the token. */
  readonly secret: Secret | undefined;
}

async function burnInto(work: Work): Promise<ExitCode> {
  const { connection, accounts, bench, options, context, secret } = work;
  const { out, signal } = context;
  const { token } = connection;
  const requests = accounts.map((account, index): BurnRequest =>
    requestFor(account, { index, token, options })
  );
  await unlockToRead(token, { secret, context });
  const slots = await readSlots(token, requests, { signal });
  const { hostClockChecked, replace } = options;
  const now = systemTime.now();
  const policy = { now, hostClockChecked, replace, secretGiven: secret !== undefined };
  const plan = planBurnAll({ token, requests, slots, policy });
  if (!plan.ok) throw refused(plan);
  try {
    showPlan(plan, context);
    const identity = tokenFields(token.identity);
    if (options.dryRun) {
      out.line("Nothing was written.");
      const fields = { dryRun: true, ...identity, plan: planFields(plan) };
      out.result({ command: "burn", ok: true, exit: EXIT.done, ...fields });
      return EXIT.done;
    }
    // A simulated token is nobody's: there is nothing to agree to.
    const given = options.yes === true || bench.simulated !== undefined;
    await wantConsent(plan, { given, context });
    const outcome = await carryOut(connection, plan, { context, bench, secret });
    out.line(`${outcome.message}.`);
    const proofs = await prove(plan, work);
    const [account] = accounts as readonly [ReadAccount];
    const fields = {
      ...identity,
      issuer: account.issuer,
      account: account.account,
      clock: { driftBeforeSeconds: plan.driftBeforeSeconds ?? null, synced: plan.clock === "sync" },
      proof: proofFields(proofs[0]!),
      ...slotResults(plan, { accounts, proofs }),
    };
    if (proofs.some((proof, index) => isOpen(proof, accounts[index]!))) {
      throw notProven(identity.serial, fields);
    }
    const ok = proofs.every(({ match }) => match);
    const exit = ok ? EXIT.done : EXIT.failed;
    out.result({ command: "burn", ok, exit, ...fields });
    return exit;
  } finally {
    wipePlan(plan);
  }
}

/**
 * Whether a person still has to compare a code. What the token says of itself is enough, but not for a seed from a code
 * that was covered in part: then somebody types what the token shows.
 */
function isOpen({ level }: Proof, { restoredBytes }: ReadAccount): boolean {
  return level === "none" || (restoredBytes > 0 && level !== "display");
}

/** What each slot got, on tokens with several. */
function slotResults(
  { entries }: BurnPlan,
  { accounts, proofs }: {
    readonly accounts: readonly OtpAccount[];
    readonly proofs: readonly Proof[];
  },
): Readonly<Record<string, unknown>> {
  if (entries[0]!.slot === undefined) return {};
  const slots = entries.map(({ slot, title }, index) => {
    const { issuer, account } = accounts[index]!;
    return { slot, title: title ?? null, issuer, account, proof: proofFields(proofs[index]!) };
  });
  return { slots };
}

/**
 * Proves what was burned: by what the token says, while it is still connected, and by its display. It is
 * burned: whatever goes wrong here, this is not a command that has written nothing.
 */
async function prove(plan: BurnPlan, work: Work): Promise<readonly Proof[]> {
  const { connection, accounts, bench, context } = work;
  const { out, signal } = context;
  const none: Proof = { level: "none", match: false };
  const onTouch = showTouch({ context, bench });
  const said = await proveByToken(connection.token, plan, { signal, onTouch })
    .catch(() => plan.entries.map(() => none));
  await connection[Symbol.asyncDispose](); // the token is about to be taken away
  const proofs: Proof[] = [];
  for (const [index, proof] of said.entries()) {
    const account = accounts[index]!;
    const isEnough = proof.level === "computed" && account.restoredBytes === 0;
    const seen = isEnough || (proof.level === "presence" && !proof.match)
      ? undefined
      : await proveByPerson(plan, { index, account, work, said: proof }).catch(() => undefined);
    proofs.push(seen ?? proof);
    showProof(seen ?? proof, { out, slot: plan.entries[index]!.slot });
  }
  return proofs;
}

/** A code from the display. Of many slots nobody types them all: the first one asks, if any. */
async function proveByPerson(
  plan: BurnPlan,
  { index, account, work, said }: {
    readonly index: number;
    readonly account: ReadAccount;
    readonly work: Work;
    readonly said: Proof;
  },
): Promise<Proof | undefined> {
  const { bench, options, context } = work;
  const { out } = context;
  const { slot, parameters } = plan.entries[index]!;
  let code = index === 0 ? options.code : undefined;
  let shownAt: number | undefined;
  if (bench.simulated && code === undefined) {
    const { simulated } = bench;
    simulated.switchOffAndOnAndRead(slot);
    ({ code, shownAt } = await inOneStep(parameters.period, () => simulated.readDisplay(slot)));
    out.line(
      `The simulated token was switched off and on; its display shows ${code ?? "no code"}.`,
    );
    if (code === undefined) return undefined;
  } else if (plan.entries.length > 1 && code === undefined && account.restoredBytes === 0) {
    return undefined;
  } else if (out.interactive && code === undefined && !context.signal.aborted) {
    out.line(
      said.level === "presence"
        ? `Choose slot ${slot} on the token and type the code it shows.`
        : "Take the token off the reader, switch it off and on, and type the code it shows.",
    );
  }
  return await proveTyped(account.secret, { parameters, code, shownAt, context });
}
