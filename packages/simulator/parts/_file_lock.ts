import {
  closeSync,
  linkSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeSync,
} from "node:fs";
import { systemTime } from "@otpsmith/core/time";

/** A holder needs milliseconds; one that has it for so long was stopped or its computer slept. */
const STALE_AFTER_MS = 3000;
/** How long to wait for others before giving up. */
const GIVE_UP_AFTER_MS = 5000;

/** The lock could not be had in time. */
export class LockBusy extends Error {}

/**
 * A lock that several processes agree on: a file that only one of them can make. Node has no lock that
 * the system takes back from a killed process, so a lock whose owner is dead, or that is older than any
 * owner needs, is taken away. Two that take away the same lock at the same moment are told apart by its
 * content, and {@linkcode FileLock.held} is asked before anything is committed.
 */
export class FileLock {
  readonly #path: string;
  readonly #id = `${process.pid} ${crypto.randomUUID()}`;

  /** A lock at this path; nothing is made yet. */
  constructor(path: string) {
    this.#path = path;
  }

  /** Whether it is still ours. */
  get held(): boolean {
    return this.#holder() === this.#id;
  }

  /**
   * Waits until the lock is ours. Blocks: a writer holds it for a few milliseconds.
   *
   * @throws {LockBusy} If another process keeps it.
   */
  acquire(): void {
    const began = systemTime.now();
    while (!this.#create()) {
      const holder = this.#holder();
      if (holder !== undefined && this.#isStale(holder)) this.#takeAway(holder);
      else if (systemTime.now() - began > GIVE_UP_AFTER_MS) {
        throw new LockBusy(`process ${Number.parseInt(holder ?? "") || "unknown"} keeps it`);
      } else pause(1 + Math.random() * 3);
    }
  }

  /** Gives the lock back, if it is still ours. */
  release(): void {
    if (this.held) rmSync(this.#path, { force: true });
  }

  #create(): boolean {
    let file: number;
    try {
      file = openSync(this.#path, "wx", 0o600);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "EEXIST") return false;
      throw error;
    }
    try {
      writeSync(file, this.#id);
    } finally {
      closeSync(file);
    }
    return this.held;
  }

  #holder(path = this.#path): string | undefined {
    try {
      return readFileSync(path, "utf8");
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
      throw error;
    }
  }

  #isStale(holder: string): boolean {
    const pid = Number.parseInt(holder); // NaN where the owner was killed before it wrote its name
    if (pid > 0 && !isAlive(pid)) return true;
    try {
      return systemTime.now() - statSync(this.#path).mtimeMs > STALE_AFTER_MS;
    } catch {
      return false; // given back meanwhile
    }
  }

  #takeAway(holder: string): void {
    const aside = `${this.#path}.${crypto.randomUUID()}`;
    try {
      renameSync(this.#path, aside);
    } catch {
      return; // somebody else took it away first
    }
    try {
      // Between our look and the rename a living process may have made a new lock: give it back.
      if (this.#holder(aside) !== holder) linkSync(aside, this.#path);
    } catch {
      // A third process has it; the owner sees this through `held` and begins again.
    } finally {
      rmSync(aside, { force: true });
    }
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM"; // alive, and somebody else's
  }
}

function pause(milliseconds: number): void {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, milliseconds);
}
