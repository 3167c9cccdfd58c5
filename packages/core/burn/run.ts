import { isProjectError, LinkError, type ProjectError, TokenError } from "../errors/mod.ts";
import type { CallOptions } from "../link/mod.ts";
import { systemTime, type TimeSource } from "../time/mod.ts";
import type { ClockReading, Token } from "../token/mod.ts";
import { describeHolds, mayHold } from "./holds.ts";
import type { BurnJournal, JournalEntry } from "./journal.ts";
import type { BurnPlan, PlanStep, SeedState } from "./plan.ts";
import { reopenSameToken } from "./settle.ts";

/** A connection to a token that can be made again after it was lost. */
export interface BurnConnection {
  /** The recognised token. Another object after {@linkcode BurnConnection.reopen}. */
  readonly token: Token;
  /** Closes what is left of the link, opens the endpoint again and recognises what lies there. */
  reopen(options?: CallOptions): Promise<void>;
}

/** What happens during a burn, for progress. */
export type BurnEvent =
  | { readonly type: "step"; readonly step: PlanStep; readonly state: "begins" | "done" }
  | { readonly type: "settling"; readonly step: PlanStep; readonly error: ProjectError }
  | { readonly type: "wants-token"; readonly serial: string };

/** Options of {@linkcode runPlan}. */
export interface RunOptions {
  /**
   * Stops the burn **before the first destructive byte**. Once that is sent, stopping would leave the
   * token empty: the remaining steps, well under a second, are finished.
   */
  readonly signal?: AbortSignal | undefined;
  /** Stops at once, whatever the token then holds. For a person who insists. */
  readonly abandon?: AbortSignal | undefined;
  /** Where steps are recorded. */
  readonly journal?: BurnJournal | undefined;
  /** Told what happens. */
  readonly onEvent?: ((event: BurnEvent) => void) | undefined;
  /** The clock that is written to the token. */
  readonly time?: TimeSource | undefined;
  /** How long one exchange may take, in milliseconds. */
  readonly timeoutMs?: number | undefined;
  /** How long a lost token is waited for, in milliseconds; 15 s by default. */
  readonly reopenWithinMs?: number | undefined;
}

/**
 * How a burn ended.
 *
 * - `done`: every write was acknowledged. After a burn the code on the display is still to be compared.
 * - `stopped`: nothing was written; the token is as it was.
 * - `needs-person`: something was written or may have been, and the work is not complete: `holds` names
 *   what the token may hold.
 */
export interface BurnOutcome {
  /** How it ended. */
  readonly status: "done" | "stopped" | "needs-person";
  /** All that the token may hold now. */
  readonly holds: readonly SeedState[];
  /** One sentence for a person: what the token holds. */
  readonly message: string;
  /** What the person can do. */
  readonly next: string;
  /** What went wrong. */
  readonly error?: ProjectError | undefined;
}

const DONE: Readonly<
  Record<BurnPlan["work"], { readonly message: (holds: string) => string; readonly next: string }>
> = {
  "burn": {
    message: (holds) => `${holds}, which counts after it has been switched off and on`,
    next: "Switch the token off and on, then compare the code it shows.",
  },
  "set-clock": {
    message: (holds) => `The clock has been set. ${holds}`,
    next: "Nothing more is to be done.",
  },
};

const SET_AGAIN = "Switch the token on, place it on the reader and set its clock again.";
const BURN_AGAIN = "Switch the token on, place it on the reader and burn the same seed again; " +
  "keep the service's page open until then.";

/** Reasons of a link that no new session removes. */
const FINAL: ReadonlySet<string> = new Set(["aborted", "denied", "unsupported"]);

/** How often an interrupted burn is taken up again: each time needs the token's cooperation anew. */
const MAX_RESUMES = 3;

/**
 * Carries out a plan. After a lost link or an answer that cannot be read it opens the token again,
 * makes sure that it is the same one, authenticates, and repeats the doubtful step: both writes lead to
 * the same state when they are repeated. A refusal is never repeated.
 *
 * Never throws for anything that a token, a reader or a person can do: the outcome says it.
 *
 * @throws {TypeError} If the plan was carried out before and its seed is wiped: nothing is sent.
 *
 * @example Burn over an open connection
 * ```ts
 * import { type BurnConnection, type BurnOutcome, type BurnPlan, runPlan } from "@otpsmith/core";
 *
 * async function burn(connection: BurnConnection, plan: BurnPlan): Promise<BurnOutcome> {
 *   try {
 *     return await runPlan(connection, plan);
 *   } finally {
 *     plan.seed?.wipe();
 *   }
 * }
 * if (typeof burn !== "function") throw new Error("unexpected");
 * ```
 */
export async function runPlan(
  connection: BurnConnection,
  plan: BurnPlan,
  options: RunOptions = {},
): Promise<BurnOutcome> {
  return await new Run(connection, plan, options).toEnd();
}

class Run {
  readonly #connection: BurnConnection;
  readonly #plan: BurnPlan;
  readonly #options: RunOptions;
  readonly #time: TimeSource;
  /** What the plan was made from: a reading that is garbled later must not become the token's clock. */
  readonly #clockSeen: ClockReading | undefined;
  #holds: readonly SeedState[] = ["old-seed"];
  /** The first write is on its way: from here on stopping half-way would do harm. */
  #destructive = false;
  /** A write has been carried out, or may have been. */
  #touched = false;
  #resumes = 0;

  constructor(connection: BurnConnection, plan: BurnPlan, options: RunOptions) {
    this.#connection = connection;
    this.#plan = plan;
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.#clockSeen = connection.token.clock?.seen;
  }

  async toEnd(): Promise<BurnOutcome> {
    if (this.#connection.token.identity.serial !== this.#plan.token.serial) {
      return this.#end("stopped", otherToken(this.#plan, this.#connection.token));
    }
    if (this.#plan.work === "burn" && (!this.#plan.seed || this.#plan.seed.wiped)) {
      throw new TypeError("Cannot burn: the plan's seed has been wiped");
    }
    try {
      const { parameters } = this.#plan;
      await this.#record({ step: this.#plan.work, event: "begins", parameters });
    } catch (cause) {
      return this.#end("stopped", asProjectError(cause));
    }
    const outcome = await this.#steps();
    await this.#note({
      step: this.#plan.work,
      event: outcome.status === "done" ? "done" : "failed",
      error: outcome.error?.code,
      holds: outcome.holds,
    });
    return outcome;
  }

  async #steps(): Promise<BurnOutcome> {
    let index = 0;
    while (index < this.#plan.steps.length) {
      const step = this.#plan.steps[index]!;
      if (!this.#destructive && this.#options.signal?.aborted) {
        return this.#end("stopped", cancelled());
      }
      try {
        await this.#perform(step);
        index++;
      } catch (thrown) {
        const error = asProjectError(thrown);
        await this.#note({
          step: step.name,
          event: "failed",
          error: error.code,
          delivery: error instanceof LinkError ? error.delivery : undefined,
          holds: this.#holds,
        });
        if (!this.#mayGoOn(step, error)) return this.#end(this.#statusNow(), error);
        const failed = await this.#resume(step, error);
        if (failed) return failed;
        index = 0; // a new session begins with authentication; what is done already is passed over
        while (this.#isDone(this.#plan.steps[index]!)) index++;
      }
    }
    return this.#end("done");
  }

  readonly #done = new Set<PlanStep>();

  #isDone(step: PlanStep): boolean {
    return step.name !== "authenticate" && this.#done.has(step);
  }

  async #perform(step: PlanStep): Promise<void> {
    if (this.#isDone(step)) return;
    await this.#note({ step: step.name, event: "begins" });
    this.#tell({ type: "step", step, state: "begins" });
    if (!this.#destructive && this.#options.signal?.aborted) throw cancelled();
    const before = this.#holds;
    const writes = step.name !== "authenticate";
    if (writes) {
      this.#destructive = true;
      this.#holds = mayHold(before, step.leaves); // until the token has said that it did it
    }
    try {
      await this.#send(step);
    } catch (error) {
      if (writes && maybeCarriedOut(error)) this.#touched = true;
      else this.#holds = before;
      throw error;
    }
    this.#touched ||= writes;
    this.#holds = step.leaves ?? this.#holds;
    this.#done.add(step);
    this.#tell({ type: "step", step, state: "done" });
    await this.#note({ step: step.name, event: "done", holds: this.#holds });
  }

  async #send(step: PlanStep): Promise<void> {
    const { token } = this.#connection;
    const { abandon, signal, timeoutMs } = this.#options;
    const call: CallOptions = {
      signal: this.#destructive || !signal ? abandon : anySignal([signal, abandon]),
      timeoutMs,
    };
    switch (step.name) {
      case "authenticate":
        return await token.access?.authenticate(call);
      case "write-configuration":
        return await token.configuration?.write(
          { ...this.#plan.parameters, clockSeconds: this.#clockSeconds() },
          call,
        );
      case "write-seed":
        return await token.seeds?.write(this.#plan.seed!, call);
    }
  }

  #clockSeconds(): number {
    const now = this.#time.now();
    const seen = this.#clockSeen;
    if (this.#plan.clock === "sync" || !seen) return Math.round(now / 1000);
    // The token's own time goes back to it: there is no other way to write the other settings.
    return seen.tokenSeconds + Math.round((now - seen.hostMilliseconds) / 1000);
  }

  /** Whether a new session may help. A proof that the token did not accept is never shown again. */
  #mayGoOn(step: PlanStep, error: ProjectError): boolean {
    if (error instanceof LinkError) return !FINAL.has(error.reason);
    if (!(error instanceof TokenError)) return false;
    if (step.name === "authenticate") return error.kind === "garbled" && error.status === 0x9000;
    // The token has forgotten the session, as after a loss of power: it has not touched the seed.
    return error.kind === "garbled" || error.status === 0x6982 || error.status === 0x6983;
  }

  async #resume(step: PlanStep, error: ProjectError): Promise<BurnOutcome | undefined> {
    const again = step.repeatable || !maybeCarriedOut(error);
    if (!again || ++this.#resumes > MAX_RESUMES) return this.#end(this.#statusNow(), error);
    this.#tell({ type: "settling", step, error });
    try {
      await reopenSameToken(this.#connection, {
        serial: this.#plan.token.serial,
        time: this.#time,
        withinMs: this.#options.reopenWithinMs ?? 15_000,
        signal: this.#destructive ? this.#options.abandon : this.#options.signal,
        timeoutMs: this.#options.timeoutMs,
        onWait: () => this.#tell({ type: "wants-token", serial: this.#plan.token.serial }),
      });
      return undefined;
    } catch (thrown) {
      return this.#end(this.#statusNow(), asProjectError(thrown));
    }
  }

  #statusNow(): "stopped" | "needs-person" {
    return this.#touched ? "needs-person" : "stopped";
  }

  #end(status: BurnOutcome["status"], error?: ProjectError): BurnOutcome {
    const holds = describeHolds(this.#holds);
    const { work } = this.#plan;
    const [message, next] = status === "done"
      ? [DONE[work].message(holds), DONE[work].next]
      : status === "stopped"
      ? [`${holds}: nothing was lost`, error?.next ?? "Do it again when the cause is removed."]
      : [
        this.#holds.includes("old-seed") ? `${holds}, with clock and settings old or new` : holds,
        work === "set-clock" && this.#holds.join() === "old-seed" ? SET_AGAIN : BURN_AGAIN,
      ];
    return { status, holds: this.#holds, message, next, error };
  }

  /** Progress is for people: whoever shows it must not be able to stop a burn half-way. */
  #tell(event: BurnEvent): void {
    try {
      this.#options.onEvent?.(event);
    } catch {
      // the listener's own trouble
    }
  }

  /** Once a burn has begun, a journal that fails must neither stop it half-way nor hide how it ended. */
  async #note(entry: Omit<JournalEntry, "at" | "plan" | "serial">): Promise<void> {
    await this.#record(entry).catch(() => undefined);
  }

  async #record(entry: Omit<JournalEntry, "at" | "plan" | "serial">): Promise<void> {
    await this.#options.journal?.append({
      at: this.#time.now(),
      plan: this.#plan.id,
      serial: this.#plan.token.serial,
      ...entry,
    });
  }
}

function maybeCarriedOut(error: unknown): boolean {
  if (error instanceof LinkError) return error.delivery !== "not-sent";
  return !(error instanceof TokenError) || error.kind === "garbled";
}

function anySignal(signals: readonly (AbortSignal | undefined)[]): AbortSignal {
  return AbortSignal.any(signals.filter((signal) => signal !== undefined));
}

function cancelled(): LinkError {
  return new LinkError("aborted", "Cannot go on with the burn: it was stopped", {
    delivery: "not-sent",
    next: "Burn again when you are ready.",
  });
}

function otherToken(plan: BurnPlan, token: Token): LinkError {
  return new LinkError(
    "absent",
    `Cannot go on with the burn: the token on the reader is ${token.identity.serial}, not ${plan.token.serial}`,
    { delivery: "not-sent", next: `Place token ${plan.token.serial} on the reader.` },
  );
}

function asProjectError(thrown: unknown): ProjectError {
  if (isProjectError(thrown)) return thrown;
  return new LinkError("lost", "Cannot go on with the burn: an unexpected failure", {
    delivery: "unknown",
    cause: thrown,
  });
}
