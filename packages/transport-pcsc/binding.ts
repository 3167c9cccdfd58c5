/** What the service says about one reader, without anybody having opened it. */
export interface ReaderState {
  /** Name of the reader; the service keeps it unique by numbering readers of one make. */
  readonly name: string;
  /** Whether a card is there; `mute` is one that does not answer its reset. */
  readonly card: "present" | "absent" | "mute";
  /** Whether some program, this one included, is connected to the card. */
  readonly inUse: boolean;
  /** Answer to reset (ATR) of the card that is there. */
  readonly atr: Uint8Array | undefined;
  /**
   * Insertions and removals counted by the service, modulo 65536. Two equal cards swapped between two
   * looks show here and nowhere else.
   */
  readonly events: number;
}

/** Whom a monitor tells. */
export interface MonitorListener {
  /** All readers, in the order of the service: once at the start, then after each change. */
  changed(readers: readonly ReaderState[]): void;
  /** The monitor has ended by itself, as after the end of the service. Nothing is called afterwards. */
  failed(error: unknown): void;
}

/**
 * What becomes of the card when a connection ends: it keeps its state, it is reset, or its power is
 * taken, after which nothing that lived in its memory is left.
 */
export type Disposition = "leave" | "reset" | "unpower";

/** Whether others may be connected to the same card meanwhile. */
export type ShareMode = "exclusive" | "shared";

/** A connection to the card in one reader. Calls are made one at a time. */
export interface CardHandle {
  /**
   * Sends one command of 4 to 261 bytes as it is and gives the whole answer. The array is only read
   * until the promise settles.
   *
   * @throws {PcscError}
   */
  transmit(command: Uint8Array): Promise<Uint8Array>;
  /**
   * Ends the connection. Called once, never while a transmit is out. Does not throw when the card or
   * the service is gone already.
   */
  disconnect(disposition: Disposition): Promise<void>;
}

/**
 * The seam between this transport and native code: the five things that it wants of PC/SC. A binding
 * keeps no state between calls that a restart of the service could make stale, and reports the
 * service's own numbers as {@linkcode PcscError}; what they mean is said in one place, above the seam.
 *
 * @example A binding for a machine with one empty reader
 * ```ts
 * import { pcsc, type PcscBinding, PcscError } from "@otpsmith/transport-pcsc";
 *
 * const state = { name: "Example 00 00", card: "absent", inUse: false, atr: undefined, events: 0 } as const;
 * const binding: PcscBinding = {
 *   name: "example",
 *   load: () => Promise.resolve(),
 *   readers: () => Promise.resolve([state]),
 *   monitor: (listener) => {
 *     listener.changed([state]);
 *     return Promise.resolve(() => Promise.resolve());
 *   },
 *   connect: () => Promise.reject(new PcscError(0x8010000c, "SCardConnect")),
 * };
 * const endpoints = await pcsc({ binding }).list();
 * if (endpoints[0]?.label !== "Example 00 00") throw new Error("reader is missing");
 * ```
 */
export interface PcscBinding {
  /** Short name for diagnoses. */
  readonly name: string;
  /**
   * Loads the native code. Everything else does so by itself.
   *
   * @throws {MissingLibraryError} If a part of it is not installed.
   */
  load(): Promise<void>;
  /** All readers now. Opens nothing. Without any reader this is an empty list. */
  readers(): Promise<readonly ReaderState[]>;
  /**
   * Reports readers and cards as they come and go until the returned function is called, which
   * resolves when nothing of the monitor is left and nothing keeps the process alive.
   */
  monitor(listener: MonitorListener): Promise<() => Promise<void>>;
  /** Connects to the card in the reader of that name. Sends it nothing. */
  connect(reader: string, options: { readonly share: ShareMode }): Promise<CardHandle>;
}

/** Longest command of a short APDU: 4 header bytes, Lc, 255 bytes of data, Le (ISO 7816-4). */
export const MAX_COMMAND = 261;

/** Longest answer to a short APDU: 256 bytes of data and the status word (ISO 7816-4). */
export const MAX_RESPONSE = 258;
