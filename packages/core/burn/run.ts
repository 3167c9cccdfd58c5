import { isProjectError, LinkError, type ProjectError, TokenError } from "../errors/mod.ts";
import type { CallOptions } from "../link/mod.ts";
import { systemTime, type TimeSource } from "../time/mod.ts";
import type { Secret } from "../secret/mod.ts";
import type { ClockReading, Token, TouchWanted } from "../token/mod.ts";
import { type BurnOutcome, outcomeOf } from "./_outcome.ts";
import { sendStep } from "./_send_step.ts";
import type { BurnPlan, PlanStep, SeedState } from "./burn_plan.ts";
import { mayHold } from "./holds.ts";
import type { BurnJournal, JournalEntry } from "./journal.ts";
import { reopenSameToken } from "./settle.ts";

export type { BurnOutcome } from "./_outcome.ts";

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
  | { readonly type: "wants-token"; readonly serial: string }
  | { readonly type: "wants-touch"; readonly step: PlanStep; readonly wanted: TouchWanted };

/** Options of {@linkcode runPlan}. */
export interface RunOptions {
  /**
   * Stops the burn **before the first destructive byte**. Once that is sent, stopping would leave the
   * token empty: the remaining steps, well under a second, are finished. Of several slots, the one that
   * is being written is finished and the next one is not begun.
   */
  readonly signal?: AbortSignal | undefined;
  /** Stops at once, whatever the token then holds. For a person who insists. */
  readonly abandon?: AbortSignal | undefined;
  /** What the owner shows the token: see `AccessOptions`. The caller wipes it. */
  readonly secret?: Secret | undefined;
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
  readonly #done = new Set<PlanStep>();
  /** Steps that were sent and may have been carried out. */
  readonly #doubtful = new Set<PlanStep>();
  /** What each entry may hold. */
  readonly #held: (readonly SeedState[])[];
  /** The first write to an entry is on its way: from here on stopping half-way would do harm. */
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
    this.#held = plan.entries.map(({ held }) => held);
  }

  async toEnd(): Promise<BurnOutcome> {
    if (this.#connection.token.identity.serial !== this.#plan.token.serial) {
      return this.#end("stopped", otherToken(this.#plan, this.#connection.token));
    }
    const wiped = this.#plan.entries.some(({ seed }) => !seed || seed.wiped);
    if (this.#plan.work === "burn" && wiped) {
      throw new TypeError("Cannot burn: the plan's seed has been wiped");
    }
    try {
      const { parameters } = this.#plan;
      await this.#record({ step: this.#plan.work, event: "begins", parameters });
    } catch (cause) {
      return this.#end("stopped", asProjectError(cause));
    }
    const outcome = await this.#steps();
    const { status } = outcome;
    await this.#note({
      step: this.#plan.work,
      ...(status === "done" ? { event: status } : { event: "failed", status }),
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
        return this.#end(this.#statusNow(), cancelled());
      }
      try {
        await this.#perform(step);
        index++;
        this.#finish(step, this.#plan.steps[index]);
      } catch (thrown) {
        const error = asProjectError(thrown);
        await this.#note({
          step: step.name,
          slot: this.#slotOf(step),
          event: "failed",
          error: error.code,
          delivery: error instanceof LinkError ? error.delivery : undefined,
          holds: this.#holdsOf(step),
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

  #isDone(step: PlanStep): boolean {
    return step.name !== "authenticate" && this.#done.has(step);
  }

  /** Between two slots is a place to stop at, and a new slot may be disturbed as often as the first. */
  #finish(step: PlanStep, next: PlanStep | undefined): void {
    if (step.entry === undefined || step.entry === next?.entry) return;
    this.#destructive = false;
    this.#resumes = 0;
  }

  async #perform(step: PlanStep): Promise<void> {
    if (this.#isDone(step)) return;
    const slot = this.#slotOf(step);
    await this.#note({ step: step.name, slot, event: "begins" });
    this.#tell({ type: "step", step, state: "begins" });
    if (!this.#destructive && this.#options.signal?.aborted) throw cancelled();
    const before = [...this.#held];
    const writes = step.name !== "authenticate";
    if (writes) {
      this.#destructive = true;
      this.#hold(step, (held) => mayHold(held, step.leaves)); // until the token has said that it did it
    }
    try {
      await this.#send(step);
    } catch (error) {
      if (writes && maybeCarriedOut(error)) {
        this.#touched = true;
        this.#doubtful.add(step);
      } else this.#held.splice(0, before.length, ...before);
      throw error;
    }
    this.#touched ||= writes;
    this.#hold(step, (held) => step.leaves ?? held);
    this.#done.add(step);
    this.#tell({ type: "step", step, state: "done" });
    await this.#note({ step: step.name, slot, event: "done", holds: this.#holdsOf(step) });
  }

  async #send(step: PlanStep): Promise<void> {
    const { abandon, signal, timeoutMs, secret } = this.#options;
    await sendStep(step, {
      token: this.#connection.token,
      plan: this.#plan,
      secret,
      now: () => this.#time.now(),
      clockSeen: this.#clockSeen,
      again: this.#doubtful.has(step),
      call: {
        signal: this.#destructive || !signal ? abandon : anySignal([signal, abandon]),
        timeoutMs,
        onTouch: (wanted) => this.#tell({ type: "wants-touch", step, wanted }),
      },
    });
  }

  /** Changes what the entry of a step may hold; a step of the whole token changes all. */
  #hold(
    { entry }: PlanStep,
    change: (held: readonly SeedState[]) => readonly SeedState[],
  ): void {
    this.#held.forEach((held, index) => {
      if (entry === undefined || entry === index) this.#held[index] = change(held);
    });
  }

  #holdsOf({ entry }: PlanStep): readonly SeedState[] {
    return entry === undefined ? [...new Set(this.#held.flat())] : this.#held[entry]!;
  }

  #slotOf({ entry }: PlanStep): number | undefined {
    return entry === undefined ? undefined : this.#plan.entries[entry]!.slot;
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
    return outcomeOf(status, { plan: this.#plan, held: this.#held, error });
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
  async #note(entry: Omit<JournalEntry, "at" | "plan" | "serial" | "driver">): Promise<void> {
    await this.#record(entry).catch(() => undefined);
  }

  async #record(entry: Omit<JournalEntry, "at" | "plan" | "serial" | "driver">): Promise<void> {
    await this.#options.journal?.append({
      at: this.#time.now(),
      plan: this.#plan.id,
      serial: this.#plan.token.serial,
      driver: this.#plan.token.driver,
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
