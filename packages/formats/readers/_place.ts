import { FormatError } from "@otpsmith/core/errors";

/** What a reader knows of the input: its name for messages, and its bytes. */
export class Input {
  readonly #bytes: Uint8Array;
  /** Kind of errors, and what the input is called in them: "aegis", "Aegis export". */
  readonly #kind: string;
  readonly #what: string;
  /** Where the input came from, for messages. */
  readonly source: string;
  #offset = 0;
  #line = 1;

  constructor(bytes: Uint8Array, names: { kind: string; what: string; source: string }) {
    this.#bytes = bytes;
    this.#kind = names.kind;
    this.#what = names.what;
    this.source = names.source;
  }

  /** An error at a place of the input. */
  fail(state: string, at: number | undefined, next: string): FormatError {
    return new FormatError(this.#kind, `Cannot read ${this.#what}: ${state}`, {
      source: this.source,
      next,
      ...(at === undefined ? {} : { position: at, line: this.lineOf(at) }),
    });
  }

  /** Line of an offset, counted from 1. Linear over many calls, as long as the offsets grow. */
  lineOf(offset: number): number {
    if (offset < this.#offset) [this.#offset, this.#line] = [0, 1];
    for (let at = this.#offset; at < offset; at++) if (this.#bytes[at] === 0x0a) this.#line++;
    this.#offset = offset;
    return this.#line;
  }
}
