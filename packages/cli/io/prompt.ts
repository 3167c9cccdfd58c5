import { createInterface } from "node:readline/promises";
import { LinkError } from "@otpsmith/core/errors";
import type { Io } from "./output.ts";

/**
 * Asks a question on the terminal.
 *
 * @throws {LinkError} `aborted` when the signal fires or the input ends.
 */
export async function ask(
  question: string,
  options: { io: Io; signal: AbortSignal },
): Promise<string> {
  const { io, signal } = options;
  const lines = createInterface({ input: io.stdin, output: io.stderr });
  const ended = new AbortController();
  // The terminal's own Ctrl-C handling would end the process; the command's signal does the work.
  lines.on("SIGINT", () => process.emit("SIGINT"));
  lines.on("close", () => ended.abort());
  try {
    return (await lines.question(question, { signal: AbortSignal.any([signal, ended.signal]) }))
      .trim();
  } catch (cause) {
    throw stopped(cause);
  } finally {
    lines.close();
  }
}

/** Asks for consent; anything but y or yes is a no. */
export async function confirm(
  question: string,
  options: { io: Io; signal: AbortSignal },
): Promise<boolean> {
  return /^y(es)?$/i.test(await ask(`${question} [y/N] `, options));
}

const ENTER = new Set([0x0a, 0x0d]);
const ERASE = new Set([0x08, 0x7f]);
const CTRL_C = 0x03;
const CTRL_D = 0x04;

/**
 * Asks for a secret without showing it. Reads bytes, not strings: a string cannot be wiped, and the array
 * returned here can. That is why no prompt library is used.
 */
export function askHidden(
  question: string,
  options: { io: Io; signal: AbortSignal },
): Promise<Uint8Array> {
  const { stdin, stderr } = options.io;
  const typed = new Uint8Array(8192);
  let length = 0;
  return new Promise<Uint8Array>((resolve, reject) => {
    const finish = (settle: () => void): void => {
      stdin.off("data", onData);
      options.signal.removeEventListener("abort", onAbort);
      stdin.setRawMode(false);
      stdin.pause();
      stderr.write("\n");
      settle();
      typed.fill(0);
    };
    const onAbort = (): void => finish(() => reject(stopped(options.signal.reason)));
    const onData = (chunk: Buffer): void => {
      for (const byte of chunk) {
        if (ENTER.has(byte) || byte === CTRL_D) {
          chunk.fill(0);
          return finish(() => resolve(typed.slice(0, length)));
        }
        if (byte === CTRL_C) process.emit("SIGINT");
        else if (ERASE.has(byte)) length = beforeLast(typed, length);
        else if (byte >= 0x20 && length < typed.length) typed[length++] = byte;
      }
      chunk.fill(0);
    };
    if (options.signal.aborted) return reject(stopped(options.signal.reason));
    options.signal.addEventListener("abort", onAbort, { once: true });
    stdin.setRawMode(true); // before the question, or a quick paste would still be echoed
    stdin.on("data", onData);
    stdin.resume();
    stderr.write(question);
  });
}

/** Where the last character begins: one of several bytes goes as a whole, as on the screen (UTF-8). */
function beforeLast(typed: Uint8Array, length: number): number {
  let at = length - 1;
  while (at > 0 && (typed[at]! & 0xc0) === 0x80) at--;
  return Math.max(0, at);
}

function stopped(cause: unknown): LinkError {
  return new LinkError("aborted", "Cannot go on: the question was not answered", {
    delivery: "not-sent",
    cause,
  });
}
