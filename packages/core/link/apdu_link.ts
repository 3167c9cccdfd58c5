import { type Delivery, LinkError } from "../errors/link_error.ts";
import { systemTime, type TimeSource } from "../time/time_source.ts";
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
  #released: Promise<void> | undefined;

  constructor(backend: ApduBackend, time: TimeSource) {
    this.#backend = backend;
    this.#time = time;
    this.medium = backend.medium;
    this.limits = backend.limits;
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

  async transceive(command: Uint8Array, options: CallOptions = {}): Promise<Uint8Array> {
    if (command.length < 4) {
      throw this.#unsupported(`a command has at least 4 bytes, this one has ${command.length}`);
    }
    if (command.length > this.limits.command) {
      throw this.#unsupported(
        `it takes commands of at most ${this.limits.command} bytes, this one has ${command.length}`,
      );
    }
    // The caller may wipe its array as soon as this call has begun; ours is wiped when it was sent.
    const own = command.slice();
    try {
      return await this.#gate.run(() => this.#exchange(own, options), options.signal);
    } catch (error) {
      if (error instanceof LinkError) throw error;
      throw this.#error("aborted", "not-sent", error); // the signal fired while the call was queued
    } finally {
      own.fill(0);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#close(
      new LinkError("lost", `Cannot use "${this.#backend.label}": the link has been closed`, {
        delivery: "not-sent",
      }),
    );
    await this.#released;
  }

  #exchange(command: Uint8Array, { signal, timeoutMs }: CallOptions): Promise<Uint8Array> {
    if (this.closed.aborted) {
      const { reason, message } = this.closed.reason as LinkError;
      return Promise.reject(
        new LinkError(reason, message, { delivery: "not-sent", cause: this.closed.reason }),
      );
    }
    const sent = command.slice();
    const native = this.#backend.exchange(sent).finally(() => sent.fill(0));
    // The queue waits for the native call even where the caller has been told already.
    this.#underway = native.then(() => undefined, () => undefined);
    return new Promise((resolve, reject) => {
      const stop = new AbortController();
      const give = (error: LinkError): void => {
        stop.abort();
        this.#close(error);
        reject(error);
      };
      native.then((answer) => {
        stop.abort();
        if (this.closed.aborted) return;
        if (answer.length >= 2) return resolve(answer);
        // vpcd reports a card torn out in mid-command as success with no bytes.
        give(this.#error("lost", "unknown", new Error(`answer of ${answer.length} bytes`)));
      }, (thrown: unknown) => {
        stop.abort();
        const error = thrown instanceof LinkError ? thrown : this.#error("lost", "unknown", thrown);
        if (FATAL.has(error.reason)) this.#close(error);
        reject(error);
      });
      if (signal?.aborted) return give(this.#error("aborted", "unknown", signal.reason));
      signal?.addEventListener(
        "abort",
        () => give(this.#error("aborted", "unknown", signal.reason)),
        { once: true, signal: stop.signal },
      );
      this.closed.addEventListener("abort", () => reject(this.#lostMidway()), {
        once: true,
        signal: stop.signal,
      });
      this.#time.sleep(timeoutMs ?? DEFAULT_EXCHANGE_TIMEOUT_MS, stop.signal).then(
        () => give(this.#error("timeout", "unknown")),
        () => undefined, // the exchange ended first
      );
    });
  }

  #underway: Promise<void> = Promise.resolve();

  #close(reason: LinkError): void {
    if (this.closed.aborted) return;
    this.#released = this.#underway.then(() => this.#backend.release()).catch(() => undefined);
    this.#closing.abort(reason);
  }

  #lostMidway(): LinkError {
    const { reason, message } = this.closed.reason as LinkError;
    return new LinkError(reason, message, { delivery: "unknown", cause: this.closed.reason });
  }

  #unsupported(state: string): LinkError {
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
