import { createHash } from "node:crypto";
import { unlink } from "node:fs/promises";
import { connect, createServer, type Server } from "node:net";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import process from "node:process";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/**
 * One station at a time for each reader: a local socket with the reader's name is held while it is used.
 * The system takes it back when the process ends, however it ends.
 */
export class ReaderLock {
  #server: Server | undefined;

  /**
   * Holds a reader, and lets go of the one that was held.
   *
   * @throws {CliError} `station/reader-taken` if another station holds it: the old one is still held.
   */
  async take(reader: string | undefined): Promise<void> {
    const next = reader === undefined ? undefined : await listen(pathOf(reader), reader);
    await this.release();
    this.#server = next;
  }

  /** Lets go. */
  async release(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (server) await new Promise<void>((done) => server.close(() => done()));
  }
}

function pathOf(reader: string): string {
  const user = process.platform === "win32" ? userInfo().username : String(process.getuid?.());
  // Another daemon has other readers, though they are called the same.
  const daemon = process.env["PCSCLITE_CSOCK_NAME"] ?? "";
  const name = createHash("sha256").update(`${user} ${daemon} ${reader}`).digest("hex").slice(
    0,
    24,
  );
  if (process.platform === "win32") return `\\\\.\\pipe\\otpsmith-${name}`;
  // Linux has names that are no files, and need no cleaning up.
  return process.platform === "linux"
    ? `\0otpsmith-station-${name}`
    : join(tmpdir(), `otpsmith-${name}.sock`);
}

async function listen(path: string, reader: string): Promise<Server> {
  const bind = (): Promise<Server> =>
    new Promise((resolve, reject) => {
      const server = createServer((socket) => socket.destroy());
      server.once("error", reject).listen(path, () => resolve(server.unref()));
    });
  try {
    return await bind();
  } catch {
    if (await answers(path)) throw taken(reader);
    await unlink(path).catch(() => undefined); // left by a process that was killed
    return await bind().catch(() => Promise.reject(taken(reader)));
  }
}

function answers(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect(path);
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("close", () => socket.destroy());
  });
}

function taken(reader: string): CliError {
  return new CliError(`Cannot use reader "${reader}": another station is using it`, {
    code: "station/reader-taken",
    exit: EXIT.failed,
    next: "End the other station, or choose another reader.",
  });
}
