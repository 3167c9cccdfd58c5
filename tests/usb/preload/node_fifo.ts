import { execFileSync } from "node:child_process";
import { closeSync, constants, mkdirSync, openSync, readSync, writeSync } from "node:fs";
import { dirname } from "node:path";

/** Bytes that fill a FIFO (pipe(7)). */
const CAPACITY = 65_536;

/**
 * A device node for programs that poll it. Its open, read, write and ioctl go to our server, but poll()
 * sees the file itself; a FIFO that both sides hold open says what its fill level says: one byte in it is
 * "readable", a full one is "not writable".
 */
export class NodeFifo {
  readonly #file: number;
  readonly #page = Buffer.alloc(CAPACITY);
  #readable = false;
  #writable = true;
  #closed = false;

  constructor(path: string) {
    mkdirSync(dirname(path), { recursive: true });
    execFileSync("mkfifo", ["-m", "666", path]);
    this.#file = openSync(path, constants.O_RDWR | constants.O_NONBLOCK);
  }

  /** Whether poll() says that there is something to read. */
  set readable(value: boolean) {
    if (this.#closed || value === this.#readable) return;
    this.#readable = value;
    if (value) writeSync(this.#file, this.#page, 0, 1);
    else readSync(this.#file, this.#page, 0, 1, null);
  }

  /** Whether poll() says that it can be written to: for usbfs, that there is a transfer to reap. */
  set writable(value: boolean) {
    if (this.#closed || value === this.#writable) return;
    this.#writable = value;
    if (value) readSync(this.#file, this.#page, 0, CAPACITY, null);
    else writeSync(this.#file, this.#page, 0, CAPACITY);
  }

  /** Lets go of it. */
  close(): void {
    if (this.#closed) return;
    this.#closed = true;
    closeSync(this.#file);
  }
}
