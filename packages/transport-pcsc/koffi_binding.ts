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
import { type Functions, loadFunctions, type NativeReaderState } from "./_koffi_functions.ts";
import { PcscError } from "./pcsc_error.ts";
import { readerState } from "./_reader_state.ts";

const SCOPE_SYSTEM = 2;
const SHARE: Readonly<Record<ShareMode, number>> = { exclusive: 1, shared: 2 };
const DISPOSITION: Readonly<Record<Disposition, number>> = { leave: 0, reset: 1, unpower: 2 };
const T0_OR_T1 = 3;
const E_CANCELLED = 0x80100002;
const E_UNKNOWN_READER = 0x80100009;
const E_TIMEOUT = 0x8010000a;
const E_NO_READERS = 0x8010002e;

/** The reader that stands for readers themselves: its state changes when one comes or goes. */
const PLUG_AND_PLAY = "\\\\?PnP?\\Notification";
/** How long one wait lasts before the readers are listed again, should a change have been missed. */
const LONGEST_WAIT_MS = 30_000;
/** A cancel that comes before the wait has begun is lost, so it is repeated. */
const CANCEL_EVERY_MS = 10;

/**
 * The binding of our own: the PC/SC library called through `koffi`, which needs no compiler. Linux
 * only. A monitor occupies one thread of libuv's pool all the time, and each exchange one while it
 * lasts: for more than three readers at once start Node with a larger `UV_THREADPOOL_SIZE`.
 *
 * @example Use it, and nothing else, for a transport
 * ```ts
 * import { koffiBinding, pcsc } from "@otpsmith/transport-pcsc";
 *
 * const transport = pcsc({ binding: koffiBinding() });
 * await transport[Symbol.asyncDispose]();
 * ```
 */
export function koffiBinding(): PcscBinding {
  return {
    name: "koffi",
    // deno-lint-ignore require-await -- a rejection, not an exception
    load: async () => void loadFunctions(),
    readers: async () => {
      const context = await Context.establish();
      try {
        return (await context.states(await context.readerNames())).map(toReaderState);
      } finally {
        await context.release();
      }
    },
    monitor: startMonitor,
    connect,
  };
}

/** A connection to the service. Calls within one context wait for each other. */
class Context {
  readonly functions: Functions;
  readonly #context: number;

  private constructor(functions: Functions, context: number) {
    this.functions = functions;
    this.#context = context;
  }

  static async establish(): Promise<Context> {
    const functions = loadFunctions();
    const context = [0];
    const code = await functions.establishContext(SCOPE_SYSTEM, null, null, context);
    if (code !== 0) throw new PcscError(code, "SCardEstablishContext");
    return new Context(functions, context[0]!);
  }

  async release(): Promise<void> {
    await this.functions.releaseContext(this.#context);
  }

  cancel(): void {
    this.functions.cancel(this.#context);
  }

  async readerNames(): Promise<readonly string[]> {
    const length = [0];
    let code = await this.functions.listReaders(this.#context, null, null, length);
    let names = new Uint8Array(length[0]!);
    if (code === 0) {
      // One more reader may come in between: the buffer is made large enough for some.
      names = new Uint8Array(length[0]! + 1024);
      length[0] = names.length;
      code = await this.functions.listReaders(this.#context, null, names, length);
    }
    if (code === E_NO_READERS) return [];
    if (code !== 0) throw new PcscError(code, "SCardListReaders");
    return new TextDecoder().decode(names.subarray(0, length[0])).split("\0").filter(Boolean);
  }

  /** The states of those readers, without waiting. One that has gone meanwhile is left out. */
  async states(names: readonly string[]): Promise<NativeReaderState[]> {
    if (names.length === 0) return [];
    const states = names.map(unaware);
    const code = await this.functions.getStatusChange(this.#context, 0, states, states.length);
    if (code === E_UNKNOWN_READER) return await this.states(await this.readerNames());
    if (code !== 0) throw new PcscError(code, "SCardGetStatusChange");
    return states;
  }

  /** Waits for a change of one of the states or of the list of readers; says whether to go on. */
  async change(states: NativeReaderState[]): Promise<boolean> {
    const code = await this.functions
      .getStatusChange(this.#context, LONGEST_WAIT_MS, states, states.length);
    if (code === 0 || code === E_TIMEOUT || code === E_UNKNOWN_READER) return true;
    if (code === E_CANCELLED) return false;
    throw new PcscError(code, "SCardGetStatusChange");
  }

  async connect(reader: string, share: ShareMode): Promise<{ card: number; protocol: number }> {
    const card = [0];
    const protocol = [0];
    const code = await this.functions
      .connect(this.#context, reader, SHARE[share], T0_OR_T1, card, protocol);
    if (code !== 0) throw new PcscError(code, "SCardConnect");
    return { card: card[0]!, protocol: protocol[0]! };
  }
}

function unaware(name: string): NativeReaderState {
  return {
    szReader: name,
    pvUserData: null,
    dwCurrentState: 0,
    dwEventState: 0,
    cbAtr: 0,
    rgbAtr: new Uint8Array(33),
  };
}

function toReaderState(state: NativeReaderState): ReaderState {
  return readerState(state.szReader, state.dwEventState, state.rgbAtr.slice(0, state.cbAtr));
}

async function startMonitor(listener: MonitorListener): Promise<() => Promise<void>> {
  const context = await Context.establish();
  let stopped = false;
  const watching = (async () => {
    // The state of the list itself is carried from wait to wait, so that no change of it is lost.
    let list = unaware(PLUG_AND_PLAY);
    while (!stopped) {
      const states = await context.states(await context.readerNames());
      if (stopped) return;
      listener.changed(states.map(toReaderState));
      const waiting = [...states, list].map((s) => ({ ...s, dwCurrentState: s.dwEventState }));
      await context.change(waiting);
      list = waiting.at(-1)!;
    }
  })().catch((error) => {
    if (!stopped) listener.failed(error);
    stopped = true;
  });
  const ended = watching.then(() => context.release());
  return async () => {
    stopped = true;
    const over = new AbortController();
    void ended.catch(() => undefined).then(() => over.abort());
    while (!over.signal.aborted) {
      context.cancel();
      await systemTime.sleep(CANCEL_EVERY_MS, over.signal).catch(() => undefined);
    }
  };
}

async function connect(
  reader: string,
  { share }: { readonly share: ShareMode },
): Promise<CardHandle> {
  const context = await Context.establish();
  const { functions } = context;
  const { card, protocol } = await context.connect(reader, share).catch(async (error) => {
    await context.release();
    throw error;
  });
  // All that an exchange needs, made once: one call at a time uses it.
  const { wordBytes } = functions;
  const sendPci = words(wordBytes, [protocol, 2 * wordBytes]);
  const answer = new Uint8Array(MAX_RESPONSE);
  const capacity = words(wordBytes, [MAX_RESPONSE]) as BigUint64Array;
  const length = words(wordBytes, [0]) as BigUint64Array;
  return {
    transmit: async (command) => {
      length.set(capacity);
      const code = await functions
        .transmit(card, sendPci, command, command.length, null, answer, length);
      if (code !== 0) throw new PcscError(code, "SCardTransmit");
      return answer.slice(0, Number(length[0]));
    },
    disconnect: async (disposition) => {
      await functions.disconnect(card, DISPOSITION[disposition]); // whatever it says: it is over
      await context.release();
    },
  };
}

/** Machine words in memory, in the order of the machine: what a structure of nothing but words is. */
function words(bytes: number, values: readonly number[]): BigUint64Array | Uint32Array {
  return bytes === 8 ? BigUint64Array.from(values, BigInt) : Uint32Array.from(values);
}
