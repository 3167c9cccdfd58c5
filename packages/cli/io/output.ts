import { styleText } from "node:util";
import type { ProjectError } from "@otpsmith/core/errors";

/** The streams and the environment a command works with. */
export interface Io {
  readonly stdin: NodeJS.ReadStream;
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: NodeJS.WriteStream;
  readonly env: NodeJS.ProcessEnv;
}

type Style = "bold" | "dim" | "green" | "red" | "yellow";

/**
 * Everything that a command says. For people: results on standard output, progress and problems on
 * standard error, colour on terminals only. For programs (`--json`): one JSON object a line on standard
 * output, the last one `{"event":"result","schema":1,…}`.
 */
export class Output {
  readonly #io: Io;
  #status = false;
  /** Whether a program is reading. */
  readonly json: boolean;

  constructor(io: Io, options: { readonly json: boolean }) {
    this.#io = io;
    this.json = options.json;
  }

  /** Whether somebody sits in front of it: questions may be asked. */
  get interactive(): boolean {
    return !this.json && this.#io.stdin.isTTY === true && this.#io.stderr.isTTY === true;
  }

  /** One line of the result, for people. */
  line(text = ""): void {
    if (this.json) return;
    this.#wipeStatus();
    this.#io.stdout.write(`${text}\n`);
  }

  /** A labelled value of the result, for people. */
  field(label: string, value: string): void {
    this.line(`${this.style(`${label}:`.padEnd(11), "dim")} ${value}`);
  }

  /** What is going on, for people; not part of the result. */
  progress(text: string): void {
    if (this.json) return;
    this.#wipeStatus();
    this.#io.stderr.write(`${this.style(text, "dim", this.#io.stderr)}\n`);
  }

  /** What is being done now, on a terminal; whatever is said next takes its place. */
  status(text: string): void {
    const { stderr } = this.#io;
    if (this.json || !stderr.isTTY || this.#io.env["TERM"] === "dumb") return;
    this.#wipeStatus();
    stderr.write(this.style(text.slice(0, (stderr.columns || 80) - 1), "dim", stderr));
    this.#status = true;
  }

  #wipeStatus(): void {
    if (this.#status) this.#io.stderr.write("\r\x1b[2K");
    this.#status = false;
  }

  /** Something to heed that stops nothing. */
  warn(text: string): void {
    this.event("note", { message: text });
    if (!this.json) {
      this.#io.stderr.write(`${this.style("Note:", "yellow", this.#io.stderr)} ${text}\n`);
    }
  }

  /** What went wrong and what to do, for people. */
  problem(error: Pick<ProjectError, "message" | "next">): void {
    if (this.json) return;
    this.#wipeStatus();
    this.#io.stderr.write(`${this.style(error.message, "red", this.#io.stderr)}\n`);
    if (error.next) this.#io.stderr.write(`${error.next}\n`);
  }

  /** Something that happened, for programs. */
  event(event: string, fields: Readonly<Record<string, unknown>>): void {
    if (this.json) this.#write({ event, ...fields });
  }

  /** The last line, for programs. */
  result(fields: Readonly<Record<string, unknown>>): void {
    if (this.json) this.#write({ event: "result", schema: 1, ...fields });
  }

  /** Colours a text where the stream is a terminal and colour is wanted (NO_COLOR, TERM=dumb). */
  style(text: string, style: Style, stream: NodeJS.WriteStream = this.#io.stdout): string {
    const { NO_COLOR, TERM } = this.#io.env;
    const plain = !stream.isTTY || (NO_COLOR !== undefined && NO_COLOR !== "") || TERM === "dumb";
    return plain ? text : styleText(style, text, { validateStream: false }); // checked above
  }

  #write(value: Readonly<Record<string, unknown>>): void {
    this.#io.stdout.write(`${JSON.stringify(value)}\n`);
  }
}
