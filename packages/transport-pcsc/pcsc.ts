import { LinkError } from "@otpsmith/core/errors";
import {
  type ApduLink,
  type CallOptions,
  createApduLink,
  DEFAULT_EXCHANGE_TIMEOUT_MS,
  type Endpoint,
  type Obstacle,
  type OpenOptions,
  type Transport,
  type Usable,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { MAX_COMMAND, MAX_RESPONSE, type PcscBinding, type ReaderState } from "./binding.ts";
import { countAsHung } from "./hung_calls.ts";
import { koffiBinding } from "./koffi_binding.ts";
import { MissingLibraryError, toLinkError } from "./pcsc_error.ts";
import { pcscliteBinding } from "./pcsclite_binding.ts";
import { guessMedium } from "./_medium.ts";
import { closedError, NO_READER, toObstacle } from "./_obstacle.ts";
import { snapshots } from "./_snapshots.ts";

/** Options of {@linkcode pcsc}. */
export interface PcscOptions {
  /**
   * What calls the native code. Without it `pcsclite` is taken, and `koffi` where that is not
   * installed, as on a machine without a compiler.
   */
  readonly binding?: "pcsclite" | "koffi" | PcscBinding | undefined;
  /** The clock for deadlines and for waiting until the service is back. */
  readonly time?: TimeSource | undefined;
}

const BINDINGS: Readonly<Record<"pcsclite" | "koffi", () => PcscBinding>> = {
  pcsclite: pcscliteBinding,
  koffi: koffiBinding,
};

/**
 * Smart-card readers through PC/SC. Making it loads nothing and cannot fail.
 *
 * - An endpoint is a reader; its card is known from the service, without opening it.
 * - `open` connects and sends nothing. It asks for the card alone unless told to share; a link that had
 *   the card alone takes its power when it closes, so that nothing that the card was told, an
 *   authentication above all, outlives it. A shared card is left as it is: others may be at work.
 * - A link notices that its card is gone with the next command, not before: what comes and goes is
 *   seen with `watch`, and a link costs the service nothing while it is quiet.
 * - Only short commands are promised: not every reader takes longer ones.
 *
 * @example What lies on the readers
 * ```ts
 * import { pcsc } from "@otpsmith/transport-pcsc";
 *
 * const transport = pcsc();
 * const state = await transport.probe();
 * const readers = state.usable ? await transport.list() : [];
 * for (const { label, facts } of readers) console.log(label, facts.card);
 * ```
 */
export function pcsc(options: PcscOptions = {}): Transport {
  return new PcscTransport(options);
}

class PcscTransport implements Transport {
  readonly name = "pcsc";
  readonly kinds = ["apdu"] as const;
  readonly #choices: readonly PcscBinding[];
  readonly #time: TimeSource;
  readonly #closing = new AbortController();
  readonly #links = new Set<ApduLink>();

  constructor({ binding, time = systemTime }: PcscOptions) {
    const chosen = binding === undefined ? (["pcsclite", "koffi"] as const) : [binding];
    this.#choices = chosen.map((one) => typeof one === "string" ? BINDINGS[one]() : one);
    this.#time = time;
  }

  async probe(options: CallOptions = {}): Promise<Usable | Obstacle> {
    try {
      const binding = await this.#binding();
      const readers = await this.#inTime(binding.readers(), options);
      if (readers.length === 0) return NO_READER;
      const count = `${readers.length} ${readers.length === 1 ? "reader" : "readers"}`;
      return { usable: true, detail: `binding ${binding.name}, ${count}` };
    } catch (error) {
      return toObstacle(error);
    }
  }

  async list(options: CallOptions = {}): Promise<readonly Endpoint<"apdu">[]> {
    if (options.signal?.aborted) throw givenUp(options.signal);
    try {
      const binding = await this.#binding();
      const readers = await this.#inTime(binding.readers(), options);
      return readers.map((reader) => this.#endpoint(reader));
    } catch (error) {
      throw toLinkError(error, { action: "Cannot list readers", sending: false });
    }
  }

  async *watch({ signal }: CallOptions = {}): AsyncGenerator<readonly Endpoint<"apdu">[]> {
    const until = AbortSignal.any([this.#closing.signal, ...signal ? [signal] : []]);
    const lists = snapshots(() => this.#binding(), { time: this.#time, signal: until });
    for await (const readers of lists) yield readers.map((reader) => this.#endpoint(reader));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#links].map((link) => link[Symbol.asyncDispose]()));
  }

  /** The first binding that loads; where none does, what the first one says. */
  async #binding(): Promise<PcscBinding> {
    if (this.#closing.signal.aborted) throw closedError();
    const missing: unknown[] = [];
    for (const binding of this.#choices) {
      try {
        await binding.load();
        return binding;
      } catch (error) {
        if (!(error instanceof MissingLibraryError)) throw error;
        missing.push(error);
      }
    }
    throw missing[0];
  }

  #endpoint(reader: ReaderState): Endpoint<"apdu"> {
    const { name, atr, card, inUse } = reader;
    return {
      id: `pcsc:${name}`,
      kind: "apdu",
      transport: this.name,
      label: name,
      facts: { reader: name, atr, card, inUse },
      open: (options) => this.#open(reader, options),
    };
  }

  async #open(reader: ReaderState, options: OpenOptions = {}): Promise<ApduLink> {
    const { share = "exclusive" } = options;
    const failed = (error: unknown): never => {
      throw toLinkError(error, { action: `Cannot open "${reader.name}"`, sending: false });
    };
    const binding = await this.#binding().catch(failed);
    // A connection that nobody wants any more would hold the token until it is made and ended.
    if (options.signal?.aborted) throw givenUp(options.signal);
    const connecting = binding.connect(reader.name, { share });
    const disposition = share === "exclusive" ? "unpower" : "leave";
    const card = await this.#inTime(connecting, options).catch((error) => {
      // Should it connect after all, nobody is there any longer to use it.
      connecting.then((late) => late.disconnect("leave")).catch(() => undefined);
      return failed(error);
    });
    let out: Promise<Uint8Array> | undefined;
    const answered = (answer: Uint8Array): Uint8Array => {
      out = undefined;
      return answer;
    };
    const lost = (error: unknown): never => {
      out = undefined;
      throw toLinkError(error, { action: `Cannot send to "${reader.name}"`, sending: true });
    };
    const link = createApduLink({
      label: reader.name,
      medium: guessMedium(reader),
      limits: { command: MAX_COMMAND, response: MAX_RESPONSE },
      exchange: (command) => {
        out = card.transmit(command);
        return out.then(answered, lost);
      },
      release: () => card.disconnect(disposition),
    }, this.#time);
    this.#links.add(link);
    link.closed.addEventListener("abort", () => {
      this.#links.delete(link);
      if (out) countAsHung(out);
    }, { once: true });
    return link;
  }

  /** Waits for a native call that cannot be cancelled, no longer than the caller wants to. */
  async #inTime<T>(call: Promise<T>, { signal, timeoutMs }: CallOptions): Promise<T> {
    const stop = new AbortController();
    const until = AbortSignal.any([stop.signal, ...signal ? [signal] : []]);
    const given = this.#time.sleep(timeoutMs ?? DEFAULT_EXCHANGE_TIMEOUT_MS, until).then(
      () =>
        new LinkError("timeout", "Cannot use smart-card readers: no answer in time", {
          delivery: "not-sent",
          next: "Unplug the reader and plug it in again; if that does not help, restart pcscd.",
        }),
      () => givenUp(signal),
    );
    const outcome = await Promise.race([
      call.then((value) => ({ value }), (error) => ({ error })),
      given,
    ]);
    stop.abort();
    if (outcome instanceof LinkError) {
      countAsHung(call);
      throw outcome;
    }
    if ("error" in outcome) throw outcome.error;
    return outcome.value;
  }
}

function givenUp(signal: AbortSignal | undefined): LinkError {
  return new LinkError("aborted", "Cannot use smart-card readers: the call was given up", {
    delivery: "not-sent",
    cause: signal?.reason,
  });
}
