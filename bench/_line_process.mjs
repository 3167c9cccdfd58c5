// @ts-check
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";

/** A process that answers each line with a line. */
export class LineProcess {
  #child;
  #lines;
  #ended;
  #errors = "";

  /**
   * @param {readonly [string, ...string[]]} command
   * @param {Record<string, string>} [env] what it finds besides our own environment
   */
  constructor([program, ...args], env = {}) {
    this.#child = spawn(program, args, {
      env: { ...process.env, ...env },
      stdio: ["pipe", "pipe", "pipe"],
    });
    this.#child.stdin.on("error", () => {}); // it has ended: next() says so
    this.#child.stderr.setEncoding("utf8").on("data", (text) => this.#errors += text);
    this.#lines = createInterface({ input: this.#child.stdout })[Symbol.asyncIterator]();
    this.#ended = new Promise((resolve) => {
      this.#child.on("error", (error) => resolve(error.message));
      this.#child.on("close", (code, signal) => resolve(signal ?? code));
    });
  }

  /** The next line that it prints. @returns {Promise<string>} */
  async next() {
    const { done, value } = await this.#lines.next();
    if (!done) return value;
    throw new Error(
      `${this.#child.spawnargs.join(" ")} ended (${await this.#ended}): ${this.#errors}`,
    );
  }

  /** Says a line, and bytes after it, and waits for the answer. @param {string} line @param {Uint8Array} [bytes] */
  ask(line, bytes) {
    this.#child.stdin.write(`${line}\n`);
    if (bytes) this.#child.stdin.write(bytes);
    return this.next();
  }

  /** Ends its input and waits until it has ended. */
  async end() {
    this.#child.stdin.end();
    await this.#ended;
  }
}
