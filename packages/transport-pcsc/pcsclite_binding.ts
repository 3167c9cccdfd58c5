import { createRequire } from "node:module";
import { dirname } from "node:path";
import { systemTime } from "@otpsmith/core/time";
import type {
  CardHandle,
  Disposition,
  MonitorListener,
  PcscBinding,
  ReaderState,
  ShareMode,
} from "./binding.ts";
import { MAX_RESPONSE } from "./binding.ts";
import { isStale, MissingLibraryError, PcscError } from "./pcsc_error.ts";
import { collectGarbage } from "./_collect_garbage.ts";
import { readerState } from "./_reader_state.ts";

// The parts of pcsclite 1.0.1 that are used. Its own types say `any` where it matters.
type Done<T> = (error: Error | null | undefined, result: T) => void;
interface NativeReader {
  readonly name: string;
  connected: boolean;
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "status", listener: (status: { state: number; atr?: Buffer }) => void): void;
  on(event: "end", listener: () => void): void;
  connect(options: { share_mode: number; protocol: number }, done: Done<number>): void;
  disconnect(disposition: number, done: Done<void>): void;
  transmit(command: Buffer, responseLength: number, protocol: number, done: Done<Buffer>): void;
  close(): void;
}
interface NativeRoot {
  on(event: "error", listener: (error: Error) => void): void;
  on(event: "reader", listener: (reader: NativeReader) => void): void;
  start(done: Done<Buffer>): void;
  close(): void;
}
interface Native {
  /** Asks the service for a context at once and throws without one. */
  readonly createRoot: () => NativeRoot;
  readonly CardReader: new (name: string) => NativeReader;
}

const SHARE: Readonly<Record<ShareMode, number>> = { exclusive: 1, shared: 2 };
const DISPOSITION: Readonly<Record<Disposition, number>> = { leave: 0, reset: 1, unpower: 2 };
const T0_OR_T1 = 3;

let native: Native | undefined;

function loadNative(): Native {
  if (native) return native;
  try {
    const load = createRequire(import.meta.url);
    const createRoot = load("pcsclite") as () => NativeRoot;
    // The addon that the line above has loaded and extended: readers are made from it directly, so
    // that a connection does not need a root object and the threads that come with one.
    const entry = load.resolve("pcsclite");
    const addon = createRequire(entry)("bindings")({
      bindings: "pcsclite",
      module_root: dirname(entry),
    }) as { CardReader: Native["CardReader"] };
    native = { createRoot, CardReader: addon.CardReader };
    return native;
  } catch (cause) {
    throw new MissingLibraryError("the npm package pcsclite is not installed or does not load", {
      cause,
      next: "Install g++, make, python3 and libpcsclite-dev, then run: npm rebuild pcsclite",
    });
  }
}

/** The number that pcsclite puts at the end of its messages, with the function at their beginning. */
function toPcscError(error: unknown): unknown {
  if (!(error instanceof Error)) return error;
  const code = /\(0x([0-9a-f]{8,16})\)$/.exec(error.message)?.[1];
  const call = /^SCard\w+/.exec(error.message)?.[0] ?? "SCard";
  return code ? new PcscError(Number.parseInt(code.slice(-8), 16), call, { cause: error }) : error;
}

/**
 * Makes a promise of a call with a callback. It settles in a turn of its own: on Node 26 microtasks
 * that are queued inside this addon's callbacks wait for some other event to come along.
 */
function settled<T>(start: (done: Done<T>) => void): Promise<T> {
  return new Promise((resolve, reject) => {
    start((error, result) => {
      if (error) setImmediate(reject, toPcscError(error));
      else setImmediate(resolve, result);
    });
  });
}

/**
 * The binding over the npm package `pcsclite`, a compiled addon.
 *
 * @example Use it, and nothing else, for a transport
 * ```ts
 * import { pcsc, pcscliteBinding } from "@otpsmith/transport-pcsc";
 *
 * const transport = pcsc({ binding: pcscliteBinding() });
 * await transport[Symbol.asyncDispose]();
 * ```
 */
export function pcscliteBinding(): PcscBinding {
  return {
    name: "pcsclite",
    // deno-lint-ignore require-await -- a rejection, not an exception
    load: async () => void loadNative(),
    readers: listReaders,
    // deno-lint-ignore require-await -- a rejection, not an exception
    monitor: async (listener) => startMonitor(listener),
    connect,
  };
}

/**
 * How long a monitor that is over waits before it is closed. close() asks the status threads five times
 * within 50 ms to stop and then waits for them on the main thread. A thread that begins to listen only
 * after the last time, as happens on a busy machine, is not heard of again, nor is this process. So none
 * is closed that has just reported something.
 */
const LINGER_MS = 200;

/** Each part of a monitor holds a thread of this process and one of the service, which has 200. */
const MOST_CLOSING = 64;

/** The root keeps its connection to the service until it is collected, which may be never. */
const COLLECT_EVERY = 16;

/**
 * So long after a change the readers are looked at anew. Of changes that follow each other within
 * milliseconds the status thread misses one in several thousand, and would not tell before the next: the
 * service's counter was one ahead then.
 */
const SETTLED_MS = 400;

const closing = new Map<Promise<void>, number>();
let uncollected = 0;

/**
 * Whether monitors that nobody listens to any more wait for their end, a fraction of a second. They keep the
 * process alive, and nothing is lost with them: a program that has done its work may end at once.
 */
export function hasLingeringMonitors(): boolean {
  return closing.size > 0;
}

async function listReaders(): Promise<readonly ReaderState[]> {
  const parts = (): number => [...closing.values()].reduce((sum, count) => sum + count, 0);
  while (parts() >= MOST_CLOSING) await Promise.race(closing.keys());
  return await new Promise((resolve, reject) => {
    const stop = startMonitor({
      changed: (readers) => {
        void stop();
        setImmediate(resolve, readers);
      },
      failed: reject,
    });
  });
}

function startMonitor(listener: MonitorListener): () => Promise<void> {
  let root: NativeRoot;
  try {
    root = loadNative().createRoot();
  } catch (error) {
    throw toPcscError(error);
  }
  const readers = new Map<string, { readonly reader: NativeReader; state?: ReaderState }>();
  let listed = false;
  let ended: Promise<void> | undefined;

  const report = (): void => {
    const states = [...readers.values()].map(({ state }) => state);
    if (ended || !listed || states.includes(undefined)) return;
    listener.changed(states as ReaderState[]);
  };
  const close = async (): Promise<void> => {
    await systemTime.sleep(LINGER_MS);
    for (const part of [root, ...[...readers.values()].map(({ reader }) => reader)]) part.close();
    if (++uncollected % COLLECT_EVERY === 0) collectGarbage();
  };
  let settling = new AbortController();
  const settle = (): void => {
    settling.abort();
    const { signal } = settling = new AbortController();
    systemTime.sleep(SETTLED_MS, signal).then(listReaders).then((states) => {
      if (signal.aborted) return;
      const missed = states.filter((state) => isLater(state, readers.get(state.name)?.state));
      for (const state of missed) readers.set(state.name, { ...readers.get(state.name)!, state });
      if (missed.length === 0) return;
      report();
      settle();
    }).catch(() => {}); // it is over, or the status thread reports the same
  };
  const end = (): Promise<void> => {
    if (ended) return ended;
    settling.abort();
    const closed = ended = close().finally(() => closing.delete(closed));
    closing.set(closed, 1 + readers.size);
    return closed;
  };
  // An object that has once reported an error is thrown away, with all that hangs on it.
  const fail = (error: Error): void => {
    if (ended) return; // "cancelled" (0x80100002) follows every close
    void end();
    setImmediate(() => listener.failed(toPcscError(error)));
  };

  // Without this a machine without readers cannot be told from one whose list has not come yet.
  const { start } = root;
  root.start = (done) =>
    start.call(root, (error, names) => {
      done(error, names);
      listed = !error;
      report();
    });
  root.on("error", fail);
  root.on("reader", (reader) => {
    const { name } = reader;
    readers.set(name, { reader });
    reader.on("error", fail);
    reader.on("status", ({ state, atr }) => {
      const known = readers.get(name);
      if (!known) return;
      readers.set(name, { reader, state: readerState(name, state, Uint8Array.from(atr ?? [])) });
      report();
      if (known.state) settle();
    });
    reader.on("end", () => {
      if (readers.get(name)?.reader === reader) readers.delete(name);
      report();
    });
  });
  return end;
}

/** Whether the service has counted further in one state than in the other. It counts with 16 bits. */
function isLater({ events }: ReaderState, known: ReaderState | undefined): boolean {
  const ahead = known ? (events - known.events) & 0xffff : 0;
  return ahead > 0 && ahead < 0x8000;
}

/**
 * Readers for connections only, by name, each used by one connection at a time and kept for ever.
 * The context in which a reader connects is given back when the object is collected, at an unknown
 * time, so they are used again; and one that has no status thread must not be collected at all, since
 * its destructor then joins whatever its uninitialised thread handle names.
 */
const idle = new Map<string, NativeReader[]>();
const kept = new Set<NativeReader>();

async function connect(
  name: string,
  { share }: { readonly share: ShareMode },
): Promise<CardHandle> {
  const { CardReader } = loadNative();
  const options = { share_mode: SHARE[share], protocol: T0_OR_T1 };
  const used = idle.get(name)?.pop();
  if (used) {
    try {
      return await connectReader(used, options);
    } catch (error) {
      if (!isStale(error)) throw error;
      // It is from before a restart of the service: leave it, and try with a new one.
    }
  }
  const reader = new CardReader(name);
  kept.add(reader);
  return await connectReader(reader, options);
}

async function connectReader(
  reader: NativeReader,
  options: { share_mode: number; protocol: number },
): Promise<CardHandle> {
  let stale = false;
  const noting = (error: unknown): never => {
    stale ||= isStale(error);
    throw error;
  };
  const giveBack = (): void => {
    // Connecting a reader that calls itself connected "succeeds" without a protocol.
    reader.connected = false;
    if (stale) return;
    idle.set(reader.name, [...idle.get(reader.name) ?? [], reader]);
  };
  const protocol = await settled<number>((done) => reader.connect(options, done)).catch(
    (error) => {
      stale = isStale(error);
      giveBack();
      throw error;
    },
  );
  return {
    transmit: (command) => {
      const bytes = Buffer.from(command.buffer, command.byteOffset, command.byteLength);
      return settled<Buffer>((done) => reader.transmit(bytes, MAX_RESPONSE, protocol, done))
        .then((own) => new Uint8Array(own.buffer, own.byteOffset, own.length), noting);
    },
    disconnect: async (disposition) => {
      await settled<void>((done) => reader.disconnect(DISPOSITION[disposition], done))
        .catch((error) => stale ||= isStale(error));
      giveBack();
    },
  };
}
