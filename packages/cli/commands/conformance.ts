import { arch, release, type } from "node:os";
import process from "node:process";
import type { CaseResult, Tier } from "@otpsmith/conformance";
import { systemTime } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { ask, confirm } from "../io/prompt.ts";
import type { Announced, Job, Ready } from "../kit/messages.ts";
import { countOutcomes, type KitReport, toMarkdown } from "../kit/report.ts";
import { supervise } from "../kit/supervise.ts";
import { ownVersion } from "../own_version.ts";
import type { CommandContext } from "../program.ts";
import { isoSeconds } from "../token/describe_token.ts";

/** Options of `otpsmith conformance`. */
export interface ConformanceOptions
  extends Omit<Job, "interactive" | "tiers" | "done" | "allowBurn"> {
  readonly tier?: string;
  readonly patience?: number;
  readonly markdown?: boolean;
  readonly allowBurn?: string;
  readonly yes?: boolean;
}

/** `otpsmith conformance`: the kit, against whatever is named. */
export async function conformance(
  _source: string | undefined,
  options: ConformanceOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out, io, signal, abandon } = context;
  const job = toJob(options, out.interactive);
  if (options.allowBurn !== undefined) await wantLoss(options.allowBurn, { options, context });
  const started = systemTime.now();
  const results: CaseResult[] = [];
  let told = ""; // the reason why the last case was skipped: said once for all that follow
  let ready: Ready | undefined;
  const events = supervise(job, {
    signal,
    abandon,
    patienceMs: (options.patience ?? 60) * 1000,
    ask: (question) => ask(question, { io, signal }),
  });
  for await (const event of events) {
    if (event.is === "ready") {
      ready = event;
      if (event.obstacle) {
        out.problem({ message: event.obstacle.message, next: event.obstacle.fix });
      }
    } else if (event.is === "begins") out.status(`trying ${event.one.id}`);
    else {
      results.push(event.result);
      out.event("case", { tier: event.one.tier, ...event.result });
      show(event.result, event.one, { context, quiet: options.markdown === true, told });
      if (event.result.outcome === "skipped") told = event.result.why;
    }
  }
  const report: KitReport = {
    transport: ready!.transport,
    from: job.transport ?? `--simulator ${job.simulator}`,
    versions: {
      otpsmith: ownVersion(),
      runtime: `Node ${process.versions.node}`,
      system: `${type()} ${release()}, ${arch()}`,
    },
    at: isoSeconds(started),
    seconds: Math.round((systemTime.now() - started) / 100) / 10,
    results,
  };
  return end(report, ready!, { context, markdown: options.markdown === true });
}

function end(
  report: KitReport,
  { obstacle }: Ready,
  { context: { out }, markdown }: { readonly context: CommandContext; readonly markdown: boolean },
): ExitCode {
  const { results, transport, from, versions, at, seconds } = report;
  const counts = countOutcomes(results);
  const { kept, broken, skipped } = counts;
  const exit = broken > 0
    ? EXIT.failed
    : obstacle
    ? obstacle.code === "no-reader" ? EXIT.needsPerson : EXIT.failed
    : kept === 0
    ? EXIT.needsPerson
    : EXIT.done;
  if (markdown) out.line(toMarkdown(report).trimEnd());
  else out.line(`${kept} kept, ${broken} broken, ${skipped} skipped, in ${seconds} s`);
  const error = obstacle
    ? { code: `transport/${obstacle.code}`, message: obstacle.message, next: obstacle.fix }
    : kept + broken === 0
    ? NOTHING_TRIED
    : undefined;
  if (error === NOTHING_TRIED) out.problem(error);
  out.result({
    command: "conformance",
    ok: exit === EXIT.done,
    exit,
    transport: { ...transport, from },
    versions,
    at,
    seconds,
    counts,
    ...error && { error },
  });
  return exit;
}

const NOTHING_TRIED = {
  code: "needs-person/nothing-tried",
  message: "Nothing was tried: each case needs something that is not there",
  next: "Each says what it needs; see 'otpsmith conformance --help' for the options that name it.",
} as const;

const STYLES = { kept: "green", broken: "red", skipped: "dim" } as const;

function show(
  result: CaseResult,
  { title }: Announced,
  { context: { out }, quiet, told }: {
    readonly context: CommandContext;
    readonly quiet: boolean;
    readonly told: string;
  },
): void {
  const { id, outcome } = result;
  const say = (text: string): void => quiet ? out.progress(text) : out.line(text);
  say(`${out.style(outcome.padEnd(8), STYLES[outcome])} ${id}`);
  if (outcome === "kept" || result.why === told) return;
  if (outcome === "broken") say(`         promised: ${title}`);
  say(`         ${outcome === "broken" ? "to change: " : ""}${result.why}`);
}

function toJob(options: ConformanceOptions, interactive: boolean): Job {
  const { tier, patience: _, markdown: __, yes: ___, ...rest } = options;
  const wrong = (code: string, message: string, next: string): CliError =>
    new CliError(message, { code, exit: EXIT.usage, next });
  if ((options.transport === undefined) === (options.simulator === undefined)) {
    throw wrong(
      "usage/nothing-to-try",
      "Cannot try a transport: name one, or a simulated token",
      "Use either --transport ./my_reader.ts or --simulator token.json.",
    );
  }
  const [, first, last = first] = tier?.match(/^([0-4])(?:-([0-4]))?$/) ?? ["", "0", "3"];
  if (tier !== undefined && !/^([0-4])(-[0-4])?$/.test(tier)) {
    throw wrong(
      "usage/tier",
      "Cannot try these tiers: there are 0 to 4",
      "Write --tier 1 or --tier 0-2.",
    );
  }
  const tiers = ([0, 1, 2, 3, 4] as const).filter((one) =>
    one >= Number(first) && one <= Number(last)
  );
  if (tiers.includes(4) && options.allowBurn === undefined) {
    throw wrong(
      "usage/tier",
      "Cannot try tier 4: it overwrites a token, and none was named",
      "Name the one that may lose its seed: --allow-burn SERIAL.",
    );
  }
  if (options.allowBurn !== undefined && options.transport !== undefined && !options.reader) {
    throw wrong(
      "usage/tier",
      "Cannot overwrite a token: it is not said on which reader it lies",
      "Name a part of the reader's name, too: --reader NAME.",
    );
  }
  const all: readonly Tier[] = tier === undefined && options.allowBurn ? [...tiers, 4] : tiers;
  return { ...rest, interactive, tiers: all, done: [] };
}

/** Nobody loses a seed without having been told: the serial number alone is no consent. */
async function wantLoss(
  serial: string,
  { options, context: { io, out, signal } }: {
    readonly options: ConformanceOptions;
    readonly context: CommandContext;
  },
): Promise<void> {
  out.progress(`Tier 4 overwrites token ${serial}: the seed that is in it now is lost.`);
  if (options.yes) return;
  if (!out.interactive) {
    throw new CliError(`Cannot overwrite token ${serial}: nobody has agreed to lose its seed`, {
      code: "needs-person/consent",
      exit: EXIT.needsPerson,
      next: "Repeat the command with --yes if this token may be overwritten.",
    });
  }
  if (await confirm(`Overwrite token ${serial}?`, { io, signal })) return;
  throw new CliError("Nothing was written", { code: "burn/declined", exit: EXIT.refused });
}
