import type { CaseResult } from "@otpsmith/conformance";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { Announced, Job, Ready } from "./messages.ts";
import { WorkerProcess } from "./worker_process.ts";

/** Options of {@linkcode supervise}. */
export interface SuperviseOptions {
  /** How long a case may be without a word, in milliseconds. */
  readonly patienceMs: number;
  /** Stops before the next case; at once, where nothing is being written. */
  readonly signal: AbortSignal;
  /** Stops at once. */
  readonly abandon: AbortSignal;
  /** Asks a person. */
  ask(question: string): Promise<string>;
}

const STARTING = "starting";
/** How long a process may take to start, on a machine that is busy with something else. */
const START_MS = 60_000;

/** What a run of the kit tells. */
export type RunEvent =
  | Ready
  | { readonly is: "begins"; readonly one: Announced }
  | { readonly is: "ended"; readonly one: Announced; readonly result: CaseResult };

/**
 * Runs cases in a process of their own. A case that takes too long, or takes the process with it, is
 * broken; the others go on in a new process.
 *
 * @throws {CliError} If it does not come to the first case.
 */
export async function* supervise(job: Job, options: SuperviseOptions): AsyncGenerator<RunEvent> {
  const done: string[] = [];
  let ready: Ready | undefined;
  for (;;) {
    const worker = new WorkerProcess();
    try {
      worker.tell({ is: "job", job: { ...job, done } });
      let doing = STARTING;
      let current: Announced | undefined;
      let over = false;
      while (!over) {
        const urgent = current?.tier === 4 ? options.abandon : options.signal;
        const patienceMs = doing === STARTING ? START_MS : options.patienceMs;
        const event = await worker.next(patienceMs, urgent);
        if (event.is === "done") return;
        if (event.is === "fails") {
          const { message, code, exit, next } = event.failure;
          throw new CliError(message, { code, exit, next });
        }
        if (event.is === "does") doing = event.what;
        else if (event.is === "asks") {
          worker.tell({ is: "answer", text: await options.ask(event.question) });
        } else if (event.is === "ready") {
          if (!ready) yield event;
          ready = event;
        } else if (event.is === "begins") {
          options.signal.throwIfAborted();
          current = ready!.cases.find(({ id }) => id === event.id)!;
          yield { is: "begins", one: current };
        } else if (event.is === "ended") {
          const one = ready!.cases.find(({ id }) => id === event.result.id)!;
          done.push(one.id);
          current = undefined;
          yield { is: "ended", one, result: event.result };
        } else {
          const what = event.is === "late"
            ? `it did not come to an end within ${options.patienceMs / 1000} s`
            : `its process ${event.how}`;
          if (!current) throw neverBegan(what, { doing, job });
          done.push(current.id);
          const rule = event.is === "late"
            ? "every call has to come to an end"
            : "an error belongs to the call that it happens in, and nothing may end the process";
          const why = `${what}: ${rule}`;
          yield { is: "ended", one: current, result: { ...current, outcome: "broken", why } };
          over = true;
        }
      }
    } finally {
      worker.end();
    }
  }
}

function neverBegan(
  what: string,
  { doing, job }: { readonly doing: string; readonly job: Job },
): CliError {
  const state = what.startsWith("it ") ? what.replace("it", doing) : `${what} during ${doing}`;
  return new CliError(`Cannot try transport "${job.transport ?? "memory"}": ${state}`, {
    code: "transport/no-answer",
    exit: EXIT.failed,
    next: NEXT[doing] ?? "Importing a transport must do nothing and come to an end at once.",
  });
}

const NEXT: Readonly<Record<string, string>> = {
  "probe()": "Have probe() look whether the transport can be used, and say so at once.",
  "list()":
    "Have list() say what the system knows already: it opens nothing and waits for nothing.",
  "setup()": "Have the module's conformance.setup() prepare a transport and come to an end.",
};
