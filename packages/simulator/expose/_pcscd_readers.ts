import { createConnection, type Socket } from "node:net";
import { endianness } from "node:os";

/** What pcscd says about one of its readers. */
export interface PcscdReader {
  /** The exact name, as PC/SC programs see it. */
  readonly name: string;
  /** Whether a card is there. */
  readonly present: boolean;
  /** Its answer to reset; empty without a card. */
  readonly atr: Uint8Array;
}

// The client protocol of pcsc-lite (LudovicRousseau/PCSC, src/winscard_msg.h and src/eventhandler.h):
// native byte order, a header of size and command, then the command's structure.
const LITTLE = endianness() === "LE";
const CMD_VERSION = 0x11;
const CMD_GET_READERS_STATE = 0x12;
const VERSION = { size: 12, major: 4, minors: [4, 5, 3] } as const;
const READERS = 16;
const READER = { size: 184, name: 128, state: 132, atr: 140, atrLength: 176 } as const;
const SCARD_PRESENT = 0x0004;

/**
 * Asks pcscd for its readers over its own socket: no native module and no second program needed.
 *
 * Rejects with the socket's error (`ENOENT`, `ECONNREFUSED`) while pcscd does not listen.
 */
export async function listPcscdReaders(socketPath: string): Promise<PcscdReader[]> {
  for (const minor of VERSION.minors) {
    const socket = createConnection(socketPath);
    try {
      const bytes = received(socket);
      const hello = numbers([VERSION.size, CMD_VERSION, VERSION.major, minor, 0]);
      socket.write(hello);
      const version = view(await bytes(VERSION.size));
      if (version.getUint32(8, LITTLE) !== 0) continue; // it speaks another minor version
      socket.write(numbers([0, CMD_GET_READERS_STATE]));
      return parseReaders(await bytes(READERS * READER.size));
    } finally {
      socket.destroy();
    }
  }
  throw new Error("Cannot ask pcscd: it speaks an unknown version of its protocol");
}

function parseReaders(states: Uint8Array): PcscdReader[] {
  const readers: PcscdReader[] = [];
  for (let at = 0; at < states.length; at += READER.size) {
    const state = states.subarray(at, at + READER.size);
    const end = state.indexOf(0);
    if (end === 0) continue;
    const atrLength = view(state).getUint32(READER.atrLength, LITTLE);
    readers.push({
      name: new TextDecoder().decode(state.subarray(0, end < 0 ? READER.name : end)),
      present: (view(state).getUint32(READER.state, LITTLE) & SCARD_PRESENT) !== 0,
      atr: state.slice(READER.atr, READER.atr + Math.min(atrLength, 33)),
    });
  }
  return readers;
}

function numbers(values: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(values.length * 4);
  values.forEach((value, i) => view(bytes).setUint32(i * 4, value, LITTLE));
  return bytes;
}

function view(bytes: Uint8Array): DataView {
  return new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

/** A function that resolves with the next `length` bytes from the socket, or rejects when it ends. */
function received(socket: Socket): (length: number) => Promise<Uint8Array> {
  let buffer = new Uint8Array(0);
  let failure: Error | undefined;
  let notify = (): void => {};
  socket.on("data", (chunk) => {
    const next = new Uint8Array(buffer.length + chunk.length);
    next.set(buffer);
    next.set(chunk, buffer.length);
    buffer = next;
    notify();
  });
  socket.on("error", (error) => failure = error);
  socket.on("close", () => {
    failure ??= new Error("Cannot ask pcscd: it closed the connection");
    notify();
  });
  return (length) =>
    new Promise((resolve, reject) => {
      notify = () => {
        if (buffer.length >= length) {
          const taken = buffer.slice(0, length);
          buffer = buffer.slice(length);
          resolve(taken);
        } else if (failure) reject(failure);
      };
      notify();
    });
}
