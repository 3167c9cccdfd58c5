import { planErase, readSlots, systemTime, wipePlan } from "@otpsmith/core";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { carryOut, planFields, refused, showPlan, wantConsent } from "../token/carry_out.ts";
import { showToken, tokenFields } from "../token/describe_token.ts";
import { ownerSecret, type SecretOptions, unlockToRead } from "../token/owner_secret.ts";
import { type TokenOptions, withToken } from "../token/with_token.ts";

/** Options of `otpsmith erase`. */
export interface EraseOptions extends TokenOptions, SecretOptions {
  readonly slot?: readonly (number | string)[];
  readonly dryRun?: boolean;
  readonly yes?: boolean;
}

/** `otpsmith erase`: erases the seeds of slots. */
export async function erase(
  _source: string | undefined,
  options: EraseOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out, signal } = context;
  return await withToken({ ...options, context }, async (connection, bench) => {
    const { token } = connection;
    showToken(token, out);
    const wanted = options.slot ?? [];
    const secret = await ownerSecret(token, { ...options, context });
    try {
      await unlockToRead(token, { secret, context });
      const byTitle = token.traits?.slots.foundBy === "title";
      const read = await readSlots(
        token,
        wanted.flatMap((slot) => typeof slot === "number" ? [{ slot }] : []),
        { signal },
      );
      const slots = read.filter(({ slot, title }) =>
        wanted.includes(slot) || (byTitle && title !== undefined && wanted.includes(title))
      );
      const missing = wanted.flatMap((slot) =>
        typeof slot === "number" && !slots.some((one) => one.slot === slot)
          ? [{ slot, occupied: false }]
          : []
      );
      const plan = planErase({
        token,
        slots: [...slots, ...missing],
        policy: { now: systemTime.now(), secretGiven: secret !== undefined },
        serial: options.serial,
      });
      if (!plan.ok) throw refused(plan);
      showPlan(plan, context);
      const fields = { command: "erase", ok: true, exit: EXIT.done };
      if (options.dryRun) {
        out.line("Nothing was written.");
        out.result({
          ...fields,
          dryRun: true,
          ...tokenFields(token.identity),
          plan: planFields(plan),
        });
        return EXIT.done;
      }
      await wantConsent(plan, {
        given: options.yes === true || bench.simulated !== undefined,
        context,
      });
      const outcome = await carryOut(connection, plan, { context, bench, secret });
      out.line(`${outcome.message}.`);
      out.result({ ...fields, ...tokenFields(token.identity), slots: outcome.slots });
      wipePlan(plan);
      return EXIT.done;
    } finally {
      secret?.wipe();
    }
  });
}
