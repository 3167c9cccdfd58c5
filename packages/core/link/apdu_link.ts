import { systemTime, type TimeSource } from "../time/time_source.ts";
import type { LinkBackend } from "./backend.ts";
import { ExclusiveGate } from "./exclusive.ts";
import { GatedCalls } from "./_gated_calls.ts";
import type { ApduLink, CallOptions, LinkMedium } from "./link.ts";

/** What a transport has to supply for {@linkcode createApduLink}: the bare exchange, one at a time. */
export interface ApduBackend extends LinkBackend {
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
}

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
  readonly #calls: GatedCalls;
  readonly #gate = new ExclusiveGate();

  constructor(backend: ApduBackend, time: TimeSource) {
    this.#backend = backend;
    this.#calls = new GatedCalls(backend, time);
    this.medium = backend.medium;
    this.limits = backend.limits;
  }

  get closed(): AbortSignal {
    return this.#calls.closed;
  }

  transceive(command: Uint8Array, options?: CallOptions): Promise<Uint8Array> {
    const { length } = command;
    if (length < 4) {
      return this.#calls.refuse(`a command has at least 4 bytes, this one has ${length}`);
    }
    const longest = this.limits.command;
    if (length > longest) {
      return this.#calls.refuse(
        `it takes commands of at most ${longest} bytes, this one has ${length}`,
      );
    }
    // The caller may wipe its array as soon as this call has begun; ours is wiped when it was sent.
    // Not slice(): on a Node Buffer that shares the memory.
    const bytes = new Uint8Array(command);
    const operate = (): Promise<Uint8Array> => this.#backend.exchange(bytes).then(checkAnswer);
    return this.#calls.run({ gate: this.#gate, action: "send to", bytes, operate }, options);
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.#calls.dispose();
  }
}

function checkAnswer(answer: Uint8Array): Uint8Array {
  if (answer.length >= 2) return answer;
  // vpcd reports a card torn out in mid-command as success with no bytes.
  throw new Error(`answer of ${answer.length} bytes`);
}
