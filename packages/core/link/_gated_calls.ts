import { type Delivery, LinkError } from "../errors/link_error.ts";
import type { TimeSource } from "../time/time_source.ts";
import { attempt } from "./_attempt.ts";
import type { LinkBackend } from "./backend.ts";
import type { ExclusiveGate } from "./exclusive.ts";
import type { CallOptions } from "./link.ts";

/** Reasons after which nothing more can be said over the link. */
const FATAL: ReadonlySet<string> = new Set(["lost", "timeout", "aborted", "absent"]);

/** Longest time one exchange may take unless the call says otherwise: contactless cards ask for at most 5 s. */
export const DEFAULT_EXCHANGE_TIMEOUT_MS = 10_000;

/** What a call does, for messages: "Cannot send to …". */
export type CallAction = "send to" | "read from";

/** One call on a link. */
export interface GatedCall<T> {
  /** Calls through the same gate go one at a time, in order. */
  readonly gate: ExclusiveGate;
  /** What it does. */
  readonly action: CallAction;
  /** What is sent: an array of the link's own, which is overwritten when the native call is over. */
  readonly bytes?: Uint8Array | undefined;
  /** The native call. */
  operate(): Promise<T>;
  /** Whether the native call ends by itself as soon as the link is closed. */
  readonly stops?: boolean | undefined;
}

/** The promises that every link keeps, whatever it carries: see {@linkcode Link} and {@linkcode CallOptions}. */
export class GatedCalls {
  readonly #backend: LinkBackend;
  readonly #time: TimeSource;
  readonly #closing = new AbortController();
  /** Tells the calls whose native call is out. */
  readonly #underway = new Set<() => void>();
  /** Wants to know when no native call is out any more. */
  #onIdle: () => void = () => undefined;
  /** Resolves when a native call has taken longer than it may. */
  readonly #hung: Promise<void>;
  #markHung: () => void = () => undefined;
  #released: Promise<void> | undefined;

  /** Takes over the backend: it is released when the link closes. */
  constructor(backend: LinkBackend, time: TimeSource) {
    this.#backend = backend;
    this.#time = time;
    this.#hung = new Promise((resolve) => this.#markHung = resolve);
    const { gone } = backend;
    if (gone) {
      const onGone = (): void => this.#close(this.error("send to", "lost", { cause: gone.reason }));
      if (gone.aborted) onGone();
      else gone.addEventListener("abort", onGone, { signal: this.closed });
    }
  }

  /** Fires once, with a LinkError as its reason, whoever ended the link. */
  get closed(): AbortSignal {
    return this.#closing.signal;
  }

  /** Runs a call when its turn comes. */
  run<T>(call: GatedCall<T>, options: CallOptions = {}): Promise<T> {
    let begun = false;
    const running = call.gate.run(() => {
      begun = true;
      return this.#begin(call, options);
    }, options.signal);
    return options.signal === undefined ? running : running.catch((cause: unknown) => {
      if (begun) throw cause;
      call.bytes?.fill(0);
      // The signal fired while the call was queued.
      throw this.error(call.action, "aborted", { delivery: "not-sent", cause });
    });
  }

  /** Closes the link and waits until the handle has been given back. */
  async dispose(): Promise<void> {
    this.#close(
      new LinkError("lost", `Cannot use "${this.#backend.label}": the link has been closed`, {
        delivery: "not-sent",
      }),
    );
    // A native call that never returns keeps the handle; whoever closes the link is not kept as well.
    await Promise.race([this.#released, this.#hung]);
  }

  #begin<T>(call: GatedCall<T>, { signal, timeoutMs }: CallOptions): Promise<T> {
    const { action, bytes } = call;
    if (this.closed.aborted) {
      bytes?.fill(0);
      return Promise.reject(this.#again("not-sent"));
    }
    return new Promise((resolve, reject) => {
      const giveUp = (error: LinkError): void => {
        reject(error); // before closing, which rejects as well and knows less
        this.#close(error);
      };
      const onAbort = (): void => giveUp(this.error(action, "aborted", { cause: signal!.reason }));
      signal?.addEventListener("abort", onAbort);
      // Runs on after the call was given up: it also bounds how long disposing waits.
      const cancelDeadline = this.#time.alarm(timeoutMs ?? DEFAULT_EXCHANGE_TIMEOUT_MS, () => {
        giveUp(this.error(action, "timeout"));
        if (!call.stops) this.#markHung();
      });
      const onClosed = (): void => reject(this.#again("unknown"));
      this.#underway.add(onClosed);
      const over = (): void => {
        bytes?.fill(0);
        cancelDeadline();
        signal?.removeEventListener("abort", onAbort);
        this.#underway.delete(onClosed);
        if (this.#underway.size === 0) this.#onIdle();
      };
      attempt(() => call.operate()).then((answer) => {
        over();
        resolve(answer); // too late for a call that was given up
      }, (thrown: unknown) => {
        over();
        const error = thrown instanceof LinkError
          ? thrown
          : this.error(action, "lost", { cause: thrown });
        if (FATAL.has(error.reason)) giveUp(error);
        else reject(error);
      });
    });
  }

  #close(reason: LinkError): void {
    if (this.closed.aborted) return;
    const idle = this.#underway.size === 0
      ? Promise.resolve()
      : new Promise<void>((resolve) => this.#onIdle = resolve);
    this.#released = idle.then(() => this.#backend.release()).catch(() => undefined);
    this.#closing.abort(reason);
    for (const onClosed of this.#underway) onClosed();
  }

  /** Why the link was closed, for one more call. */
  #again(delivery: Delivery): LinkError {
    const { reason, message, next } = this.closed.reason as LinkError;
    return new LinkError(reason, message, { delivery, next, cause: this.closed.reason });
  }

  /** Refuses something of the wrong length before it is queued. */
  refuse(state: string): Promise<never> {
    const message = `Cannot send to "${this.#backend.label}": ${state}`;
    return Promise.reject(new LinkError("unsupported", message, { delivery: "not-sent" }));
  }

  /** An error of this link. */
  error(
    action: CallAction,
    reason: "lost" | "timeout" | "aborted",
    { delivery = "unknown", cause }: { delivery?: Delivery; cause?: unknown } = {},
  ): LinkError {
    const state = {
      lost: "the token or the reader went away",
      timeout: "no answer in time",
      aborted: "the call was given up",
    }[reason];
    const message = `Cannot ${action} "${this.#backend.label}": ${state}`;
    return new LinkError(reason, message, { delivery, cause });
  }
}
