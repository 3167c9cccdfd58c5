import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { SerialPortInfo, SerialSystem } from "../serial.ts";

/** What is said on the line: when a host says the first, the others come back. */
export type Script = readonly (readonly [host: string, ...chip: string[]])[];

/** A serial port that says what a script tells it to. What is not in the script is not answered. */
export class FakeSerial implements SerialSystem {
  /** Everything that was written, in hexadecimal, without spaces. */
  readonly written: string[] = [];
  /** The very arrays that were written. */
  readonly buffers: Uint8Array[] = [];
  /** What opening ends with. */
  openError: Error | undefined;
  /** What is listed; or why it cannot be. */
  listed: readonly SerialPortInfo[] | Error = [];
  /** What it was opened with. */
  opened: unknown[] = [];
  closed = 0;
  readonly #script: Map<string, readonly string[]>;
  #incoming: Uint8Array[] = [];
  #reader: { resolve(bytes: Uint8Array): void; reject(error: Error): void } | undefined;

  constructor(script: Script = []) {
    this.#script = new Map(script.map(([host, ...chip]) => [host.replaceAll(" ", ""), chip]));
  }

  list(): Promise<readonly SerialPortInfo[]> {
    return this.listed instanceof Error
      ? Promise.reject(this.listed)
      : Promise.resolve(this.listed);
  }

  open(options: unknown) {
    this.opened.push(options);
    if (this.openError) return Promise.reject(this.openError);
    return Promise.resolve({
      read: async (buffer: Buffer) => {
        const bytes = this.#incoming.shift() ??
          await new Promise<Uint8Array>((resolve, reject) => this.#reader = { resolve, reject });
        buffer.set(bytes);
        return { bytesRead: bytes.length };
      },
      write: (buffer: Buffer) => {
        const text = encodeHex(buffer);
        this.written.push(text);
        this.buffers.push(buffer);
        for (const answer of this.#script.get(text) ?? []) this.say(answer);
        return Promise.resolve();
      },
      close: () => {
        this.closed++;
        this.#reader?.reject(new Error("Canceled"));
        return Promise.resolve();
      },
    });
  }

  /** Lets bytes come in. */
  say(text: string): void {
    const bytes = decodeHex(text);
    const reader = this.#reader;
    this.#reader = undefined;
    if (reader) reader.resolve(bytes);
    else this.#incoming.push(bytes);
  }

  /** The port goes away. */
  fail(): void {
    this.#reader?.reject(new Error("EIO"));
  }
}
