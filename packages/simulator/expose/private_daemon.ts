import { type ChildProcess, execFile } from "node:child_process";
import { mkdir, rm, writeFile } from "node:fs/promises";
import { promisify } from "node:util";
import { LinkError } from "@otpsmith/core/errors";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { listPcscdReaders, type PcscdReader } from "./_pcscd_readers.ts";
import { missing, spawnPcscd } from "./_sandbox.ts";

const run = promisify(execFile);

/** One entry of reader.conf: a reader with one or more slots. */
export interface ReaderEntry {
  /** What pcscd shows, followed by two numbers: the reader's and the slot's. */
  readonly friendlyName: string;
  /** What the driver is told. */
  readonly device: string;
  /** The driver, a shared object; not under `/usr/lib/pcsc/drivers`, which is empty for the daemon. */
  readonly library: string;
  /** How many slots it will show. */
  readonly slots: number;
}

/** Options of {@linkcode startPrivateDaemon}. */
export interface PrivateDaemonOptions {
  /** An existing directory of our own with a short path; the socket becomes `DIR/run/pcscd.comm`. */
  readonly directory: string;
  /** The readers, at most 16 slots altogether. */
  readonly entries: readonly ReaderEntry[];
  /** Gives the start up. */
  readonly signal?: AbortSignal | undefined;
  /** Time source. */
  readonly time?: TimeSource | undefined;
  /** Program to run: `pcscd`, found on the PATH or in the system's sbin directories. */
  readonly program?: string | undefined;
}

/** How a daemon ended. */
export interface DaemonEnd {
  /** Exit code; `null` when a signal ended it. */
  readonly code: number | null;
  /** The signal that ended it. */
  readonly signal: NodeJS.Signals | null;
  /** Whether it ended without having been asked to. */
  readonly unexpected: boolean;
}

/** A running pcscd of our own. */
export interface PrivateDaemon {
  /** Path of its socket: what clients find in `PCSCLITE_CSOCK_NAME`. */
  readonly socket: string;
  /** Its process id. */
  readonly pid: number;
  /** Exact names of its readers, in the order of the entries and their slots. */
  readonly readers: readonly string[];
  /** Resolves when it ended. */
  readonly ended: Promise<DaemonEnd>;
  /** What it has logged so far, at most the last 64 kB. */
  log(): string;
  /** What it says about its readers now. */
  list(): Promise<PcscdReader[]>;
  /** Sends a signal that may end it, and waits until it has ended. */
  kill(signal: NodeJS.Signals): Promise<DaemonEnd>;
  /** Ends it: SIGTERM, and SIGKILL after two seconds. Fine when it has ended already. */
  stop(): Promise<DaemonEnd>;
}

/** `sun_path` has 108 bytes with its closing zero, and libpcsclite cuts longer paths silently. */
const LONGEST_SOCKET_PATH = 107;
/** MAX_READERNAME is 128 with the closing zero, and " 00 00" is put behind the name. */
const LONGEST_NAME = 121;
/** PCSCLITE_MAX_READERS_CONTEXTS: compiled into pcscd and its clients. */
export const MAX_READERS = 16;

const START_TIMEOUT_MS = 10_000;
const STOP_TIMEOUT_MS = 2_000;
const POLL_MS = 5;
const LOG_CHARACTERS = 65_536;

/**
 * Starts a real pcscd with its own socket and readers, as root or as an ordinary user, beside whatever
 * else runs on this computer; it never touches real readers. It ends with this process.
 *
 * @throws {LinkError} `absent` when pcscd is not installed or did not bring up every reader, `denied`
 * where the system allows no private daemon, `aborted`.
 */
export async function startPrivateDaemon(options: PrivateDaemonOptions): Promise<PrivateDaemon> {
  const { directory, entries, signal, time = systemTime } = options;
  signal?.throwIfAborted();
  const runDirectory = `${directory}/run`;
  const socket = `${runDirectory}/pcscd.comm`;
  checkPath(socket);
  entries.forEach(checkName);
  const wanted = entries.reduce((sum, entry) => sum + entry.slots, 0);
  if (wanted > MAX_READERS) {
    throw refuse(`pcscd has room for ${MAX_READERS} slots, these readers have ${wanted}`);
  }
  await rm(runDirectory, { recursive: true, force: true }); // a killed daemon leaves its socket
  await mkdir(runDirectory, { recursive: true });
  await mkdir(`${directory}/conf`, { recursive: true });
  await writeFile(`${directory}/conf/readers`, entries.map(formatEntry).join("\n"));

  const program = options.program ?? "pcscd";
  const env = { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` };
  const argv = [program, "--foreground", "--error", "-c", `${directory}/conf`];
  if ((await help(program, env)).includes("--disable-polkit")) argv.push("--disable-polkit");
  const daemon = new Daemon(await spawnPcscd({ runDirectory, argv, env }), socket, time);
  try {
    daemon.readers = await awaitReaders(daemon, { wanted, time, signal });
    return daemon;
  } catch (error) {
    await daemon.stop();
    throw error;
  }
}

class Daemon implements PrivateDaemon {
  readonly socket: string;
  readonly ended: Promise<DaemonEnd>;
  readers: readonly string[] = [];
  over = false;
  readonly #child: ChildProcess;
  readonly #time: TimeSource;
  #log = "";
  #asked = false;

  constructor(child: ChildProcess, socket: string, time: TimeSource) {
    this.#child = child;
    this.socket = socket;
    this.#time = time;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding("utf8").on("data", (text: string) => {
        this.#log = (this.#log + text).slice(-LOG_CHARACTERS);
      });
    }
    this.ended = new Promise((resolve) => {
      const end = (code: number | null, signal: NodeJS.Signals | null): void => {
        this.over = true;
        resolve({ code, signal, unexpected: !this.#asked });
      };
      child.once("close", end);
      child.once("error", (error) => {
        this.#log += String(error);
        end(127, null);
      });
    });
  }

  get pid(): number {
    return this.#child.pid ?? -1;
  }

  log(): string {
    return this.#log;
  }

  list(): Promise<PcscdReader[]> {
    return listPcscdReaders(this.socket);
  }

  kill(signal: NodeJS.Signals): Promise<DaemonEnd> {
    this.#asked = true;
    this.#send(signal);
    return this.ended;
  }

  async stop(): Promise<DaemonEnd> {
    const patience = new AbortController();
    const killed = this.#time.sleep(STOP_TIMEOUT_MS, patience.signal).then(
      () => this.#send("SIGKILL"), // stuck in a driver, it does not hear SIGTERM
      () => {},
    );
    const end = await this.kill("SIGTERM");
    patience.abort();
    await killed;
    return end;
  }

  /** Not `child.kill()`: Deno's takes a child for dead after the first signal and sends it no second one. */
  #send(signal: NodeJS.Signals): void {
    if (this.over || this.#child.pid === undefined) return;
    try {
      process.kill(this.#child.pid, signal);
    } catch {
      // It has just ended by itself.
    }
  }
}

interface AwaitOptions {
  readonly wanted: number;
  readonly time: TimeSource;
  readonly signal: AbortSignal | undefined;
}

/** Waits until the daemon serves, then checks that every reader came up: pcscd also runs without them. */
async function awaitReaders(daemon: Daemon, options: AwaitOptions): Promise<readonly string[]> {
  const { wanted, time, signal } = options;
  const deadline = time.now() + START_TIMEOUT_MS;
  for (;;) {
    if (daemon.over) throw failed("it ended at once", daemon);
    try {
      const readers = await daemon.list();
      const names = readers.map((reader) => reader.name);
      if (new Set(names).size < names.length) throw failed("two readers have one name", daemon);
      if (names.length === wanted) return names;
      throw failed(`${readers.length} of ${wanted} readers came up`, daemon);
    } catch (error) {
      if (error instanceof LinkError) throw error;
      if (time.now() > deadline) throw failed("it does not answer", daemon, error);
    }
    await time.sleep(POLL_MS, signal);
  }
}

async function help(program: string, env: NodeJS.ProcessEnv): Promise<string> {
  try {
    const { stdout, stderr } = await run(program, ["--help"], { env });
    return stdout + stderr;
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") throw missing("pcscd", "pcscd");
    return "";
  }
}

function formatEntry(entry: ReaderEntry, index: number): string {
  return [
    `FRIENDLYNAME "${entry.friendlyName}"`,
    `DEVICENAME ${entry.device}`,
    `LIBPATH ${entry.library}`,
    `CHANNELID 0x${index.toString(16)}`,
    "",
  ].join("\n");
}

function checkName({ friendlyName }: ReaderEntry): void {
  // deno-lint-ignore no-control-regex -- these are what reader.conf cannot carry
  if (!/^[^\x00-\x1f"]+$/.test(friendlyName) || Buffer.byteLength(friendlyName) > LONGEST_NAME) {
    throw refuse(
      `a reader's name has 1 to ${LONGEST_NAME} bytes and no quotation marks or control characters`,
    );
  }
}

function checkPath(socket: string): void {
  if (Buffer.byteLength(socket) > LONGEST_SOCKET_PATH) {
    throw refuse(
      `the socket's path is longer than ${LONGEST_SOCKET_PATH} bytes`,
      "Set TMPDIR to a directory with a shorter name.",
    );
  }
}

function refuse(state: string, next?: string): LinkError {
  return new LinkError("unsupported", `Cannot start pcscd: ${state}`, {
    delivery: "not-sent",
    next,
  });
}

function failed(state: string, daemon: Daemon, cause?: unknown): LinkError {
  const log = daemon.log().trim();
  return new LinkError("absent", `Cannot start pcscd: ${state}${log && `; it says: ${log}`}`, {
    delivery: "not-sent",
    cause,
  });
}
