import type { LinkError } from "@otpsmith/core/errors";
import type {
  CallOptions,
  Endpoint,
  Link,
  LinkByKind,
  LinkKind,
  Obstacle,
  OpenOptions,
  Transport,
  Usable,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { obstacleOf, obstacleOfError, type Plugged, type Wanted } from "./_obstacle.ts";
import { toLinkError, toOpenError, trouble } from "./usb_error.ts";
import { watchByPolling } from "./_watch.ts";

/** Where a token can be reached: what an endpoint is made of. */
export interface Place {
  /** See {@linkcode Endpoint.id}. */
  readonly id: string;
  /** See {@linkcode Endpoint.label}. */
  readonly label: string;
}

/** What both transports take. */
export interface PollOptions {
  readonly pollMs?: number | undefined;
  readonly time?: TimeSource | undefined;
}

/** What a transport says of itself. */
export interface About extends Wanted {
  /** What {@linkcode Usable} tells. */
  readonly detail: string;
  /** How long opening may take unless the call says otherwise, in milliseconds. */
  readonly openMs: number;
}

/**
 * What the transports of this package have in common: they ask again and again what is plugged in, nobody waits for
 * an opening any longer than asked for, and disposing gives everything back.
 */
export abstract class PolledTransport<K extends LinkKind, P extends Place> implements Transport {
  abstract readonly name: string;
  abstract readonly kinds: readonly K[];
  /** What it says of itself. */
  abstract readonly about: About;
  /** How often it looks, in milliseconds. */
  readonly pollMs: number;
  /** The clock. */
  readonly time: TimeSource;
  readonly #closing = new AbortController();
  readonly #links = new Set<Link>();
  /** What has to be over before everything is closed. */
  readonly #pending = new Set<Promise<unknown>>();

  constructor({ pollMs = 500, time = systemTime }: PollOptions) {
    this.pollMs = pollMs;
    this.time = time;
  }

  /** What is plugged in, in a stable order; opens nothing. */
  abstract places(): Promise<readonly P[]>;
  /** Whether this account may open it. */
  abstract look(place: P): Promise<Plugged>;
  /** What is told of a place. */
  abstract describe(place: P): Pick<Endpoint<K>, "kind" | "facts">;
  /** Opens a place. Once `given` has fired nobody wants it any more: a link that is given all the same is closed. */
  abstract open(
    place: P,
    options: { readonly share: OpenOptions["share"]; readonly given: AbortSignal },
  ): Promise<LinkByKind[K]>;

  async probe(): Promise<Usable | Obstacle> {
    try {
      const plugged = await Promise.all((await this.places()).map((place) => this.look(place)));
      return obstacleOf(plugged, this.about) ?? { usable: true, detail: this.about.detail };
    } catch (error) {
      return obstacleOfError(error, this.about);
    }
  }

  async list({ signal }: CallOptions = {}): Promise<readonly Endpoint<K>[]> {
    try {
      this.#refuse(signal);
      return (await this.places()).map((place) => ({
        id: place.id,
        transport: this.name,
        label: place.label,
        ...this.describe(place),
        open: (options) => this.#connect(place, options),
      }));
    } catch (error) {
      throw toLinkError(error, { action: `Cannot list ${this.about.what}`, sending: false });
    }
  }

  watch({ signal }: CallOptions = {}): AsyncIterable<readonly Endpoint<K>[]> {
    const until = AbortSignal.any([this.#closing.signal, ...signal ? [signal] : []]);
    const { time, pollMs } = this;
    return watchByPolling({ list: () => this.list(), time, pollMs, until });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await Promise.all([...this.#links].map((link) => link[Symbol.asyncDispose]()));
    await Promise.all(this.#pending);
  }

  async #connect(
    place: P,
    { signal, timeoutMs, share }: OpenOptions = {},
  ): Promise<LinkByKind[K]> {
    const failed = (error: unknown): LinkError => toOpenError(error, place.label);
    const closing = this.#closing.signal;
    const over = new AbortController();
    try {
      this.#refuse(signal);
    } catch (error) {
      throw failed(error);
    }
    return await new Promise((resolve, reject) => {
      const giveUp = (error: unknown): void => {
        over.abort();
        reject(failed(error));
      };
      const onAbort = (): void =>
        giveUp(closing.aborted ? trouble("closed") : trouble("aborted", { cause: signal!.reason }));
      const watched = AbortSignal.any([closing, ...signal ? [signal] : []]);
      watched.addEventListener("abort", onAbort, { once: true });
      const cancel = this.time.alarm(
        timeoutMs ?? this.about.openMs,
        () => giveUp(trouble("slow")),
      );
      this.#await(
        this.open(place, { share, given: over.signal }).then(async (link) => {
          this.#keep(link);
          if (over.signal.aborted) await link[Symbol.asyncDispose]();
          else resolve(link);
        }, (error: unknown) => reject(failed(error))).finally(() => {
          cancel();
          watched.removeEventListener("abort", onAbort);
        }),
      );
    });
  }

  #refuse(signal: AbortSignal | undefined): void {
    if (this.#closing.signal.aborted) throw trouble("closed");
    if (signal?.aborted) throw trouble("aborted", { cause: signal.reason });
  }

  /** Keeps a link until it has been closed and everything has been given back. */
  #keep(link: Link): void {
    this.#links.add(link);
    const end = (): void =>
      this.#await(
        Promise.resolve(link[Symbol.asyncDispose]()).finally(() => this.#links.delete(link)),
      );
    if (link.closed.aborted) end();
    else link.closed.addEventListener("abort", end, { once: true });
  }

  #await(work: Promise<unknown>): void {
    const pending = work.finally(() => this.#pending.delete(pending));
    this.#pending.add(pending);
  }
}
