import {
  type BurnOutcome,
  type BurnPlan,
  type RefusedPlan,
  runPlan,
  type Secret,
  type TokenConnection,
  TokenError,
} from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { journalFile, journalPath } from "../journal/journal_file.ts";
import type { Output } from "../io/output.ts";
import { confirm } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";
import type { Bench } from "./bench.ts";
import { tokenFields } from "./describe_token.ts";

/** A plan as it stands in `--json`. */
export function planFields(plan: BurnPlan): Readonly<Record<string, unknown>> {
  const { id, work, steps, destroys, hands, notes, parameters, clock, driftBeforeSeconds } = plan;
  const slots = plan.entries.flatMap(({ slot, title, parameters }) =>
    slot === undefined ? [] : [{ slot, title: title ?? null, ...parameters }]
  );
  return {
    id,
    work,
    steps: steps.map(({ name }) => name),
    destroys,
    hands,
    notes,
    parameters,
    clock,
    driftBeforeSeconds,
    ...(slots.length > 0 ? { slots } : {}),
  };
}

const CLOCK: Readonly<Record<BurnPlan["clock"], string>> = {
  sync: "yes",
  keep: "no, the token keeps its own time",
  none: "no, the token has none",
};

/** Shows what is going to happen and what is lost by it. */
export function showPlan(plan: BurnPlan, { out }: CommandContext): void {
  out.line(out.style("Plan", "bold"));
  const several = plan.entries.length > 1;
  // A hundred slots have the same steps: they are said once, and the slots in lines of their own.
  const steps = plan.steps.filter(({ entry }) => !several || entry === undefined || entry === 0);
  steps.forEach(({ title, entry }, index) => {
    const each = several && entry !== undefined ? ", for each slot" : "";
    out.line(`  ${index + 1}. ${title}${each}`);
  });
  if (plan.work !== "erase") out.field("Set clock", CLOCK[plan.clock]);
  if (plan.work === "set-clock" && plan.entries[0]!.slot !== undefined) {
    out.field("Slots", plan.entries.map(({ slot }) => slot).join(", "));
  } else showEntries(plan, out);
  for (const loss of plan.destroys) out.field("Destroys", out.style(loss, "yellow"));
  for (const note of plan.notes) out.warn(note.message);
  out.event("plan", planFields(plan));
}

function showEntries({ entries, work }: BurnPlan, out: Output): void {
  for (const { slot, title, parameters: { digits, period, algorithm } } of entries) {
    const codes = `${digits} digits every ${period} s, ${algorithm}`;
    if (slot === undefined) out.field("Codes", codes);
    else {
      const parts = [title, ...(work === "burn" ? [codes] : [])].filter(Boolean);
      out.field(`Slot ${slot}`, parts.join("; ") || "without a title");
    }
  }
}

/** How a person says on the command line what a refusal asks for. */
const CONSENT_OPTIONS: Readonly<Record<string, string>> = {
  "burn/clears-seed": "--erase-seed",
  "burn/clocks-disagree": "--host-clock-checked",
  "burn/slot-occupied": "--replace SLOT",
  "burn/which-slot": "--slot NUMBER or --slot next",
  "burn/title": "--title TEXT",
  "burn/needs-secret": "--ask-key or --key-fd NUMBER; the variable is OTPSMITH_TOKEN_KEY",
};

/** Turns a refused plan into the error that ends the command. */
export function refused(plan: RefusedPlan): CliError {
  const [first, ...others] = plan.refusals;
  return new CliError([first!.message, ...others.map(({ message }) => message)].join("\n"), {
    code: first!.code,
    exit: EXIT.refused,
    next: CONSENT_OPTIONS[first!.code]
      ? `${first!.next} The option for that is ${CONSENT_OPTIONS[first!.code]}.`
      : first!.next,
    fields: { refusals: plan.refusals },
  });
}

/** Asks before anything is overwritten. Without somebody to ask, consent must stand in the command. */
export async function wantConsent(
  plan: BurnPlan,
  options: { readonly given: boolean; readonly context: CommandContext },
): Promise<void> {
  const { given, context: { io, out, signal } } = options;
  if (given) return;
  const { serial } = plan.token;
  if (!out.interactive) {
    throw new CliError(`Cannot write to token ${serial}: nobody has agreed to it`, {
      code: "needs-person/consent",
      exit: EXIT.needsPerson,
      next: "Repeat the command with --yes if this token may be overwritten.",
      fields: { plan: planFields(plan) },
    });
  }
  if (await confirm(`Write to token ${serial}?`, { io, signal })) return;
  throw new CliError("Nothing was written", { code: "burn/declined", exit: EXIT.refused });
}

/** Carries a plan out, shows the progress, and ends the command unless all went well. */
export async function carryOut(
  connection: TokenConnection,
  plan: BurnPlan,
  { context, bench, secret }: {
    readonly context: CommandContext;
    readonly bench: Bench;
    /** What the owner shows the token. */
    readonly secret?: Secret | undefined;
  },
): Promise<BurnOutcome> {
  const { out, io, signal, abandon } = context;
  const simulated = bench.simulated !== undefined;
  const outcome = await runPlan(connection, plan, {
    signal,
    abandon,
    secret,
    journal: journalFile(journalPath(io.env, { simulated })),
    onEvent: (event) => {
      if (event.type === "step") {
        const slot = plan.entries[event.step.entry ?? -1]?.slot;
        const place = slot === undefined ? {} : { slot };
        out.event("step", { step: event.step.name, state: event.state, ...place });
        const where = slot === undefined ? "" : `, slot ${slot}`;
        if (event.state === "done") out.progress(`  done: ${event.step.title}${where}`);
      } else if (event.type === "settling") {
        out.event("settling", { step: event.step.name, error: event.error.code });
        out.progress(`${event.error.message}. Finding out what the token holds.`);
      } else if (event.type === "wants-touch") {
        out.event("wants-touch", { step: event.step.name, hand: event.wanted.hand });
        out.progress(event.wanted.says);
      } else {
        out.event("waiting", { for: "token", serial: event.serial });
        out.progress(`Switch token ${event.serial} on and place it on the reader again.`);
      }
    },
  });
  if (outcome.status === "done") return outcome;
  const { error, holds, message, next, status, slots } = outcome;
  const perSlot = slots.some(({ slot }) => slot !== undefined) ? { slots } : {};
  const attemptsLeft = error instanceof TokenError ? error.attemptsLeft : undefined;
  throw new CliError(`${error!.message}.\n${message}`, {
    code: error!.code,
    exit: status === "needs-person" ? EXIT.needsPerson : stoppedExit(error!.code),
    next,
    fields: {
      ...tokenFields(plan.token),
      outcome: { status, holds, message, ...perSlot },
      ...(attemptsLeft === undefined ? {} : { attemptsLeft }),
    },
  });
}

function stoppedExit(code: string): 1 | 3 {
  return code === "link/aborted" || code.startsWith("journal/") ? EXIT.refused : EXIT.failed;
}
