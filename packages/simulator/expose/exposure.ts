import type { Socket } from "node:net";
import { LinkError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "../card.ts";
import { CardPlug } from "./_card_plug.ts";
import { type DaemonEnd, type PrivateDaemon, type ReaderEntry } from "./private_daemon.ts";
import { startPrivateDaemon } from "./private_daemon.ts";
import { createPrivateDirectory, type PrivateDirectory } from "./private_directory.ts";

/** One virtual reader. */
export interface ReaderSetup {
  /**
   * What it is called; pcscd puts two numbers behind it: `OMNIKEY 5427 CK` becomes
   * `OMNIKEY 5427 CK 00 00`. Readers of the same name become the slots of one.
   */
  readonly name?: string | undefined;
  /** The card that comes and goes in it; a reader may also stay empty. */
  readonly card?: VirtualCard | undefined;
}

/** Options of {@linkcode exposeThroughPcscd} and {@linkcode exposeThroughVpcd}. */
export interface ExposeOptions {
  /** The readers, at most 16. */
  readonly readers: readonly ReaderSetup[];
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
  /** Told when a card failed to answer; its reader then shows it torn out and put back. */
  readonly onError?: ((error: unknown) => void) | undefined;
  /** Time source. */
  readonly time?: TimeSource | undefined;
}

/** Virtual cards in readers of a real pcscd. */
export interface Exposure {
  /** Path of the daemon's socket: what other programs find in `PCSCLITE_CSOCK_NAME`. */
  readonly socket: string;
  /** Exact PC/SC names, in the order of {@linkcode ExposeOptions.readers}. */
  readonly readers: readonly string[];
  /** Process id of the daemon that runs now, or ran last. */
  readonly daemonPid: number;
  /** Resolves, with what to tell a person, when a daemon ends without having been asked to. */
  readonly failed: Promise<LinkError>;
  /** What the daemon that runs now, or ran last, has logged. */
  log(): string;
  /** Ends the daemon as an operator would, and starts another one on the same socket. */
  restartDaemon(): Promise<void>;
  /** Ends the daemon with a signal and leaves it down. {@linkcode Exposure.restartDaemon} brings it back. */
  killDaemon(signal: NodeJS.Signals): Promise<void>;
  /**
   * Ends everything and removes every file.
   *
   * @throws {LinkError} `lost` when a daemon had ended on its own, such as by a crash; all the same
   * nothing is left behind.
   */
  stop(): Promise<void>;
}

/** How a driver's readers are set up and reached. */
export interface ReaderDriver {
  /** How many slots one reader of it can have, and always has if `fixed`. */
  readonly slots: { readonly most: number; readonly fixed: boolean };
  /** See {@linkcode CardPlug}. */
  readonly earlyByte: boolean;
  /** Makes the driver ready for readers with so many slots: one entry for each number. */
  prepare(directory: string, slots: readonly number[]): Promise<readonly DriverEntry[]>;
}

/** One prepared reader. */
export interface DriverEntry extends Pick<ReaderEntry, "device" | "library"> {
  /** Opens a connection to one of its slots. */
  connect(slot: number): Socket;
}

const DEFAULT_NAME = "otpsmith Virtual Reader";
const SEAT_TIMEOUT_MS = 5_000;
const POLL_MS = 5;

interface Place {
  readonly entry: number;
  readonly slot: number;
  /** Position of its name among all the slots that pcscd lists. */
  readonly listed: number;
}

/** Starts a private pcscd whose readers come from the driver, and plugs the cards in. */
export async function expose(driver: ReaderDriver, options: ExposeOptions): Promise<Exposure> {
  const directory = await createPrivateDirectory();
  const exposure = new RunningExposure(driver, directory, options);
  try {
    await exposure.start(options.signal);
    return exposure;
  } catch (error) {
    await exposure.stop().catch(() => {}); // the first failure is the one to tell
    throw error;
  }
}

class RunningExposure implements Exposure {
  readers: readonly string[] = [];
  readonly failed: Promise<LinkError>;
  readonly #driver: ReaderDriver;
  readonly #directory: PrivateDirectory;
  readonly #options: ExposeOptions;
  readonly #time: TimeSource;
  readonly #names: string[] = [];
  readonly #slots: number[] = [];
  readonly #places: readonly Place[];
  readonly #plugs: readonly CardPlug[];
  #entries: readonly DriverEntry[] = [];
  #daemon: PrivateDaemon | undefined;
  #failure: LinkError | undefined;
  #fail: (error: LinkError) => void = () => {};

  constructor(driver: ReaderDriver, directory: PrivateDirectory, options: ExposeOptions) {
    this.#driver = driver;
    this.#directory = directory;
    this.#options = options;
    this.#time = options.time ?? systemTime;
    this.failed = new Promise((resolve) => this.#fail = resolve);
    this.#places = this.#arrange();
    this.#plugs = options.readers.flatMap(({ card }, i) => {
      if (!card) return [];
      const { entry, slot } = this.#places[i]!;
      return new CardPlug({
        card,
        connect: () => this.#entries[entry]!.connect(slot),
        earlyByte: driver.earlyByte,
        onError: (error) => options.onError?.(error),
      });
    });
  }

  get socket(): string {
    return this.#daemon?.socket ?? "";
  }

  get daemonPid(): number {
    return this.#daemon?.pid ?? -1;
  }

  log(): string {
    return this.#daemon?.log() ?? "";
  }

  async start(signal?: AbortSignal): Promise<void> {
    this.#entries = await this.#driver.prepare(this.#directory.path, this.#slots);
    const names = distinct(this.#names);
    const daemon = this.#daemon = await startPrivateDaemon({
      directory: this.#directory.path,
      entries: this.#entries.map((entry, i) => ({
        device: entry.device,
        library: entry.library,
        friendlyName: names[i]!,
        slots: this.#slots[i]!,
      })),
      signal,
      time: this.#time,
    });
    void daemon.ended.then((end) => {
      if (!end.unexpected) return;
      this.#failure ??= describeEnd(end, daemon);
      this.#fail(this.#failure);
    });
    this.readers = this.#places.map((place) => daemon.readers[place.listed]!);
    for (const plug of this.#plugs) plug.start();
    await this.#awaitCards(daemon, signal);
  }

  async restartDaemon(): Promise<void> {
    await this.#takeDown((daemon) => daemon.stop());
    await this.start();
  }

  async killDaemon(signal: NodeJS.Signals): Promise<void> {
    await this.#takeDown((daemon) => daemon.kill(signal));
  }

  async stop(): Promise<void> {
    await this.#takeDown((daemon) => daemon.stop());
    await Promise.all(this.#plugs.map((plug) => plug.stop()));
    await this.#directory.remove();
    if (this.#failure) throw this.#failure;
  }

  /** The daemon first: closing a card's connection under it may crash vpcd. */
  async #takeDown(end: (daemon: PrivateDaemon) => Promise<DaemonEnd>): Promise<void> {
    if (this.#daemon) await end(this.#daemon);
    await Promise.all(this.#plugs.map((plug) => plug.pause()));
  }

  /** Gives every reader a slot: readers of one name share an entry while it has room. */
  #arrange(): readonly Place[] {
    const { most, fixed } = this.#driver.slots;
    const places = this.#options.readers.map(({ name = DEFAULT_NAME }) => {
      let entry = this.#names.findLastIndex((known) => known === name);
      if (entry < 0 || this.#slots[entry] === most) {
        entry = this.#names.push(name) - 1;
        this.#slots.push(0);
      }
      return { entry, slot: this.#slots[entry]!++ };
    });
    if (fixed) this.#slots.fill(most);
    const before = (entry: number): number =>
      this.#slots.slice(0, entry).reduce((sum, slots) => sum + slots, 0);
    return places.map(({ entry, slot }) => ({ entry, slot, listed: before(entry) + slot }));
  }

  /** Waits until pcscd shows every card that is present, so that programs started next see it. */
  async #awaitCards(daemon: PrivateDaemon, signal: AbortSignal | undefined): Promise<void> {
    const deadline = this.#time.now() + SEAT_TIMEOUT_MS;
    for (;;) {
      const states = await daemon.list();
      const unseen = this.#options.readers.findIndex(({ card }, i) =>
        card?.present && states[this.#places[i]!.listed]?.atr.length === 0
      );
      if (unseen < 0) return;
      if (this.#time.now() > deadline) {
        throw new LinkError(
          "absent",
          `Cannot put the card into "${this.readers[unseen]}": no ATR`,
          {
            delivery: "not-sent",
            cause: new Error(daemon.log().trim()),
          },
        );
      }
      await this.#time.sleep(POLL_MS, signal);
    }
  }
}

/** pcscd numbers readers of one name only if they share a driver file; ours tell them apart themselves. */
function distinct(names: readonly string[]): string[] {
  return names.map((name, i) => {
    const earlier = names.slice(0, i).filter((other) => other === name).length;
    return earlier === 0 ? name : `${name} ${earlier + 1}`;
  });
}

function describeEnd({ code, signal }: DaemonEnd, daemon: PrivateDaemon): LinkError {
  const how = signal ? `signal ${signal} ended it` : `it ended by itself with code ${code}`;
  const log = daemon.log().trim().slice(-2000);
  return new LinkError("lost", `Cannot keep the simulated readers: pcscd is gone, ${how}`, {
    delivery: "not-sent",
    next: "Start the simulator again.",
    cause: log ? new Error(log) : undefined,
  });
}
