import { type Delivery, LinkError } from "../errors/link_error.ts";
import { systemTime, type TimeSource } from "../time/time_source.ts";
import { attempt } from "./_attempt.ts";
import { ExclusiveGate } from "./exclusive.ts";
import type { ApduLink, CallOptions, LinkMedium } from "./link.ts";

/** What a transport has to supply for {@linkcode createApduLink}: the bare exchange, one at a time. */
export interface ApduBackend {
  /** What a person knows it by, for messages: the reader's name. */
  readonly label: string;
  /** What carries the bytes. */
  readonly medium: LinkMedium;
  /** The longest command and answer in bytes. */
  readonly limits: { readonly command: number; readonly response: number };
  /**
   * Sends one command and waits for its answer. Called once at a time. The array is only valid until
   * the promise settles, then it is overwritten. Rejects with a LinkError where it knows what happened;
   * anything else that it throws is taken as a lost link with delivery `unknown`.
   *
   * It is told of no deadline and no abort: the link gives up on its own and waits for this promise
   * before it releases the handle. A transport that speaks frames has to bound its own waiting.
   */
  exchange(command: Uint8Array): Promise<Uint8Array>;
  /** Gives the handle back. Called exactly once, never while an exchange is out. */
  release(): Promise<void>;
  /** Fires when the device goes away on its own; its reason becomes the cause of the lost link. */
  readonly gone?: AbortSignal | undefined;
}

/** Reasons after which nothing more can be said over the link. */
const FATAL: ReadonlySet<string> = new Set(["lost", "timeout", "aborted", "absent"]);

/** Longest time one exchange may take unless the call says otherwise: contactless cards ask for at most 5 s. */
export const DEFAULT_EXCHANGE_TIMEOUT_MS = 10_000;

/**
 * Turns a bare exchange into a link that keeps the contract: calls queue, an abort or a time-out
 * poisons the link instead of resetting the device, `closed` fires once, the handle is released exactly
 * once and never while an exchange is out, and buffers that were sent are overwritten.
 *
 * @example A link to a card that answers everything with 9000
 * ```ts
 * import { createApduLink } from "@otpsmith/core";
 *
 * const link = createApduLink({
 *   label: "example",
 *   medium: "simulated",
 *   limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(Uint8Array.of(0x90, 0x00)),
 *   release: () => Promise.resolve(),
 * });
 * const answer = await link.transceive(Uint8Array.of(0x80, 0x41, 0x00, 0x00));
 * if (answer[0] !== 0x90) throw new Error("refused");
 * await link[Symbol.asyncDispose]();
 * ```
 */
export function createApduLink(backend: ApduBackend, time: TimeSource = systemTime): ApduLink {
  return new GatedApduLink(backend, time);
}

class GatedApduLink implements ApduLink {
  readonly kind = "apdu" as const;
  readonly medium: LinkMedium;
  readonly limits: { readonly command: number; readonly response: number };
  readonly #backend: ApduBackend;
  readonly #time: TimeSource;
  readonly #gate = new ExclusiveGate();
  readonly #closing = new AbortController();
  /** The call whose native call is out, and who wants to know when that has ended. */
  #underway: { reject(error: LinkError): void; ended?: () => void } | undefined;
  /** Resolves when a native call has taken longer than it may. */
  readonly #hung: Promise<void>;
  #markHung: () => void = () => undefined;
  #released: Promise<void> | undefined;

  constructor(backend: ApduBackend, time: TimeSource) {
    this.#backend = backend;
    this.#time = time;
    this.medium = backend.medium;
    this.limits = backend.limits;
    this.#hung = new Promise((resolve) => this.#markHung = resolve);
    const { gone } = backend;
    if (gone) {
      const onGone = (): void => this.#close(this.#error("lost", "unknown", gone.reason));
      if (gone.aborted) onGone();
      else gone.addEventListener("abort", onGone, { once: true, signal: this.closed });
    }
  }

  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  transceive(command: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    const { length } = command;
    if (length < 4 || length > this.limits.command) return Promise.reject(this.#badLength(length));
    // The caller may wipe its array as soon as this call has begun; ours is wiped when it was sent.
    // Not slice(): on a Node Buffer that shares the memory.
    const own = new Uint8Array(command);
    let begun = false;
    const call = this.#gate.run(() => {
      begun = true;
      return this.#exchange(own, options);
    }, options.signal);
    return options.signal === undefined ? call : call.catch((error: unknown) => {
      if (begun) throw error;
      own.fill(0);
      throw this.#error("aborted", "not-sent", error); // the signal fired while the call was queued
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close(
      new LinkError("lost", `Cannot use "${this.#backend.label}": the link has been closed`, {
        delivery: "not-sent",
      }),
    );
    // A native call that never returns keeps the handle; whoever closes the link is not kept as well.
    await Promise.race([this.#released, this.#hung]);
  }

  #exchange(command: Uint8Array, { signal, timeoutMs }: CallOptions): Promise<Uint8Array> {
    if (this.closed.aborted) {
      command.fill(0);
      const { reason, message } = this.closed.reason as LinkError;
      return Promise.reject(
        new LinkError(reason, message, { delivery: "not-sent", cause: this.closed.reason }),
      );
    }
    return new Promise((resolve, reject) => {
      const giveUp = (error: LinkError): void => {
        reject(error); // before closing, which rejects as well and knows less
        this.#close(error);
      };
      const onAbort = (): void => giveUp(this.#error("aborted", "unknown", signal!.reason));
      signal?.addEventListener("abort", onAbort, { once: true });
      // Runs on after the call was given up: it also bounds how long disposing waits.
      const cancelDeadline = this.#time.alarm(timeoutMs ?? DEFAULT_EXCHANGE_TIMEOUT_MS, () => {
        giveUp(this.#error("timeout", "unknown"));
        this.#markHung();
      });
      this.#underway = { reject };
      const over = (): void => {
        command.fill(0);
        cancelDeadline();
        signal?.removeEventListener("abort", onAbort);
        this.#underway!.ended?.();
        this.#underway = undefined;
      };
      attempt(() => this.#backend.exchange(command)).then((answer) => {
        over();
        if (answer.length >= 2) return resolve(answer); // too late for a call that was given up
        // vpcd reports a card torn out in mid-command as success with no bytes.
        giveUp(this.#error("lost", "unknown", new Error(`answer of ${answer.length} bytes`)));
      }, (thrown: unknown) => {
        over();
        const error = thrown instanceof LinkError ? thrown : this.#error("lost", "unknown", thrown);
        if (FATAL.has(error.reason)) giveUp(error);
        else reject(error);
      });
    });
  }

  #close(reason: LinkError): void {
    if (this.closed.aborted) return;
    this.#released = this.#ended().then(() => this.#backend.release()).catch(() => undefined);
    this.#closing.abort(reason);
    this.#underway?.reject(this.#lostMidway());
  }

  /** Resolves when no native call is out. */
  #ended(): Promise<void> {
    const underway = this.#underway;
    return underway ? new Promise((ended) => underway.ended = ended) : Promise.resolve();
  }

  #lostMidway(): LinkError {
    const { reason, message } = this.closed.reason as LinkError;
    return new LinkError(reason, message, { delivery: "unknown", cause: this.closed.reason });
  }

  #badLength(length: number): LinkError {
    const state = length < 4
      ? `a command has at least 4 bytes, this one has ${length}`
      : `it takes commands of at most ${this.limits.command} bytes, this one has ${length}`;
    return new LinkError("unsupported", `Cannot send to "${this.#backend.label}": ${state}`, {
      delivery: "not-sent",
    });
  }

  #error(reason: "lost" | "timeout" | "aborted", delivery: Delivery, cause?: unknown): LinkError {
    const state = {
      lost: "the token or the reader went away",
      timeout: "no answer in time",
      aborted: "the call was given up",
    }[reason];
    return new LinkError(reason, `Cannot send to "${this.#backend.label}": ${state}`, {
      delivery,
      cause,
    });
  }
}
