import { spawn } from "node:child_process";
import { systemTime, type TimeSource } from "@otpsmith/core/time";

/** How a program ended. */
export interface Ended {
  /** `undefined` if there is no such program. */
  readonly code: number | null | undefined;
  /** What it wrote; overwrite it after use. */
  readonly stdout: Uint8Array;
  /** The beginning of what it complained of. */
  readonly stderr: string;
}

/** How {@linkcode runProgram} runs. */
export interface ProgramOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  /** How long it may take, in milliseconds. */
  readonly timeoutMs: number;
  readonly time?: TimeSource | undefined;
}

const MAX_BYTES = 1024 * 1024 * 1024;

/**
 * Runs a program of the system and takes what it writes, which may show a seed: what the pipe gives is
 * overwritten as soon as it was copied.
 *
 * @throws The signal's reason; the program is ended then.
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  { env, signal, timeoutMs, time = systemTime }: ProgramOptions,
): Promise<Ended> {
  signal?.throwIfAborted();
  const [file, ...args] = command;
  const child = spawn(file, args, { env, stdio: ["ignore", "pipe", "pipe"], windowsHide: true });
  const end = (): void => {
    if (child.pid !== undefined && child.exitCode === null) child.kill("SIGKILL");
  };
  const tooLong = time.alarm(timeoutMs, end);
  signal?.addEventListener("abort", end, { once: true });
  const pieces: Uint8Array[] = [];
  let length = 0;
  let stderr = "";
  child.stdout.on("data", (piece: Uint8Array) => {
    pieces.push(piece);
    length += piece.length;
    if (length > MAX_BYTES) end();
  });
  child.stderr.setEncoding("utf8").on("data", (text: string) => {
    stderr = (stderr + text).slice(0, 2000);
  });
  try {
    const code = await new Promise<number | null | undefined>((resolve, reject) => {
      child.once("error", (error: NodeJS.ErrnoException) => {
        if (error.code === "ENOENT" || error.code === "EACCES") resolve(undefined);
        else reject(error);
      });
      child.once("close", resolve);
    });
    signal?.throwIfAborted();
    const stdout = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      stdout.set(piece, at);
      at += piece.length;
    }
    return { code, stdout, stderr };
  } finally {
    tooLong();
    signal?.removeEventListener("abort", end);
    for (const piece of pieces) piece.fill(0);
  }
}
