import { createRequire } from "node:module";
import { MissingLibraryError } from "./pcsc_error.ts";

/** Memory that C may read or write. */
export type Memory = ArrayBufferView;

/** One reader as SCardGetStatusChange wants and gives it. */
export interface NativeReaderState {
  szReader: string;
  pvUserData: null;
  dwCurrentState: number;
  dwEventState: number;
  cbAtr: number;
  rgbAtr: Uint8Array;
}

/** A function called in a thread of libuv's pool; resolves with its return value as an unsigned number. */
type Call<A extends unknown[]> = (...args: A) => Promise<number>;

/** The functions of PC/SC that are used. `number` of one element stands for a pointer to a number. */
export interface Functions {
  readonly establishContext: Call<[scope: number, a: null, b: null, context: number[]]>;
  readonly releaseContext: Call<[context: number]>;
  readonly listReaders: Call<
    [context: number, groups: null, names: Memory | null, length: number[]]
  >;
  readonly getStatusChange: Call<
    [context: number, timeoutMs: number, states: NativeReaderState[], count: number]
  >;
  readonly connect: Call<
    [
      context: number,
      reader: string,
      share: number,
      protocols: number,
      card: number[],
      protocol: number[],
    ]
  >;
  readonly disconnect: Call<[card: number, disposition: number]>;
  readonly transmit: Call<
    [
      card: number,
      sendPci: Memory,
      command: Memory,
      length: number,
      receivePci: null,
      answer: Memory,
      answerLength: Memory,
    ]
  >;
  /** Called in the main thread: it returns at once. */
  readonly cancel: (context: number) => number;
  /** Bytes of a DWORD. */
  readonly wordBytes: number;
}

interface Koffi {
  load(path: string): { func(declaration: string): NativeFunction };
  struct(name: string, members: Record<string, unknown>): unknown;
  array(type: string, length: number, hint: "Typed"): unknown;
  sizeof(type: string): number;
}
interface NativeFunction {
  (...args: unknown[]): number | bigint;
  async(...args: unknown[]): void;
}

let functions: Functions | undefined;

/**
 * Declares the functions of libpcsclite, following winscard.h and wintypes.h of pcsc-lite 1.9.9: on
 * Linux a DWORD, a LONG, a context and a card handle are each an `unsigned long` or `long` of the
 * machine. A wrong declaration crashes the process, so only what has been run is declared: not macOS
 * (32-bit words, packed structures) and not Windows (winscard.dll, other names).
 */
export function loadFunctions(): Functions {
  if (functions) return functions;
  if (process.platform !== "linux") {
    throw new MissingLibraryError(`the koffi binding does not know ${process.platform}`, {
      next: "Use the binding pcsclite: npm install pcsclite",
    });
  }
  const koffi = loadKoffi();
  const library = loadLibrary(koffi);
  koffi.struct("SCARD_READERSTATE", {
    szReader: "const char *",
    pvUserData: "void *",
    dwCurrentState: "unsigned long",
    dwEventState: "unsigned long",
    cbAtr: "unsigned long",
    rgbAtr: koffi.array("uint8_t", 33, "Typed"),
  });
  const call = <A extends unknown[]>(declaration: string): Call<A> => {
    const native = library.func(declaration);
    return (...args) =>
      new Promise((resolve, reject) => {
        native.async(...args, (error: Error | null, value: number | bigint) => {
          if (error) reject(error);
          else resolve(Number(BigInt.asUintN(32, BigInt(value))));
        });
      });
  };
  const cancel = library.func("long SCardCancel(long)");
  return functions = {
    establishContext: call(
      "long SCardEstablishContext(unsigned long, const void *, const void *, _Out_ long *)",
    ),
    releaseContext: call("long SCardReleaseContext(long)"),
    listReaders: call("long SCardListReaders(long, const char *, void *, _Inout_ unsigned long *)"),
    getStatusChange: call(
      "long SCardGetStatusChange(long, unsigned long, _Inout_ SCARD_READERSTATE *, unsigned long)",
    ),
    connect: call(
      "long SCardConnect(long, const char *, unsigned long, unsigned long, _Out_ long *, _Out_ unsigned long *)",
    ),
    disconnect: call("long SCardDisconnect(long, unsigned long)"),
    transmit: call(
      "long SCardTransmit(long, void *, void *, unsigned long, void *, void *, void *)",
    ),
    cancel: (context) => Number(cancel(context)),
    wordBytes: koffi.sizeof("unsigned long"),
  };
}

function loadKoffi(): Koffi {
  try {
    return createRequire(import.meta.url)("koffi") as Koffi;
  } catch (cause) {
    throw new MissingLibraryError("the npm package koffi is not installed or does not load", {
      cause,
      next: "Run: npm install koffi",
    });
  }
}

function loadLibrary(koffi: Koffi): ReturnType<Koffi["load"]> {
  try {
    return koffi.load("libpcsclite.so.1");
  } catch (cause) {
    throw new MissingLibraryError("the smart-card library libpcsclite.so.1 is not installed", {
      cause,
      next: "Install it; on Debian and Ubuntu: sudo apt install pcscd libpcsclite1",
    });
  }
}
