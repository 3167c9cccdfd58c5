import { type ChildProcess, execFile, spawn, type StdioOptions } from "node:child_process";
import { once } from "node:events";
import { existsSync, renameSync } from "node:fs";
import { mkdir } from "node:fs/promises";
import { createServer } from "node:net";
import { promisify } from "node:util";
import { LinkError } from "@otpsmith/core/errors";

const run = promisify(execFile);

/** What pcscd is started with. */
export interface PcscdCommand {
  /** Directory for `pcscd.comm`, the socket of the clients. */
  readonly runDirectory: string;
  /** The command line. */
  readonly argv: readonly string[];
  /** The environment. */
  readonly env: NodeJS.ProcessEnv;
}

/** A way to give pcscd a socket of our own although it has `/run/pcscd/pcscd.comm` compiled in. */
type Way = (command: PcscdCommand) => Promise<ChildProcess>;

// In a mount namespace: our directory takes the place of /run/pcscd, and an empty one the place of the
// USB drivers, so that the private daemon never takes real readers away from the system's.
const ENTER = `
if [ -d /run/pcscd ]; then :; else mount -t tmpfs none /run && mkdir /run/pcscd || exit 1; fi
mount --bind "$1" /run/pcscd || exit 1
if [ -d /usr/lib/pcsc/drivers ]; then mount -t tmpfs none /usr/lib/pcsc/drivers || exit 1; fi
shift`;
// The kernel ends the daemon when we end, however we end (PR_SET_PDEATHSIG). Set last, because gaining
// rights in a namespace clears it; and looked at afterwards, in case we were gone before.
const TIED = `exec setpriv --pdeathsig KILL sh -c '
[ "$PPID" = "$0" ] || exit 1
export LISTEN_PID=$$
exec "$@"' "$0" "$@"`;

// Ctrl-C goes to every process of the terminal's group: the daemon is ours to end.
const OWN_SESSION = { cwd: "/", detached: true } as const;

const NAMESPACES: readonly (readonly string[])[] = [
  ["--user", "--map-root-user", "--mount"],
  ["--mount"], // root where user namespaces are forbidden
];

/**
 * Starts pcscd with a private socket: in a mount namespace where the system lets us, else with the
 * socket handed over as systemd does, which needs no rights but an existing `/run/pcscd`.
 *
 * @throws {LinkError} `denied` where neither is possible, `absent` where a program is missing.
 */
export async function spawnPcscd(command: PcscdCommand): Promise<ChildProcess> {
  return await (await findWay())(command);
}

let found: Promise<Way> | undefined;

function findWay(): Promise<Way> {
  found ??= probe().catch((error: unknown) => {
    found = undefined; // what was missing may be there the next time
    throw error;
  });
  return found;
}

async function probe(): Promise<Way> {
  if (process.platform !== "linux") {
    throw new LinkError("unsupported", "Cannot start a private pcscd: this needs Linux", {
      delivery: "not-sent",
      next: "Use the simulator in process, or run it on Linux.",
    });
  }
  let failure: unknown;
  for (const flags of NAMESPACES) {
    try {
      await run("unshare", [...flags, "sh", "-c", "mount -t tmpfs none /run && setpriv --version"]);
      return (command) => Promise.resolve(inNamespace(flags, command));
    } catch (error) {
      failure = error;
      if ((error as NodeJS.ErrnoException).code === "ENOENT") {
        throw missing("unshare", "util-linux");
      }
    }
  }
  if (existsSync("/run/pcscd")) return withSocket;
  throw new LinkError(
    "denied",
    "Cannot start a private pcscd: this system forbids user namespaces and has no /run/pcscd",
    { delivery: "not-sent", next: "Run: sudo install -d -m 755 /run/pcscd", cause: failure },
  );
}

function inNamespace(flags: readonly string[], command: PcscdCommand): ChildProcess {
  const { runDirectory, argv, env } = command;
  return spawn(
    "unshare",
    [...flags, "sh", "-c", `${ENTER}\n${TIED}`, String(process.pid), runDirectory, ...argv],
    { ...OWN_SESSION, env, stdio: ["ignore", "pipe", "pipe"] },
  );
}

/** Socket activation without a helper program: we listen, the daemon inherits, we let go. */
async function withSocket(command: PcscdCommand): Promise<ChildProcess> {
  const { runDirectory, argv, env } = command;
  await mkdir(runDirectory, { recursive: true });
  const server = createServer();
  const early = `${runDirectory}/early`;
  server.listen(early);
  await once(server, "listening");
  // Node tells the descriptor of a connection but not of a server; cluster reads it here, too.
  const { fd } = (server as unknown as { readonly _handle: { readonly fd: number } })._handle;
  const stdio: StdioOptions = ["ignore", "pipe", "pipe", fd];
  const child = spawn("sh", ["-c", TIED, String(process.pid), ...argv], {
    ...OWN_SESSION,
    env: { ...env, LISTEN_FDS: "1" },
    stdio,
  });
  // Closing removes the name that it was bound under, and nobody could connect to that one yet.
  renameSync(early, `${runDirectory}/pcscd.comm`);
  server.close();
  return child;
}

/** The error for a program that is not installed. */
export function missing(program: string, debianPackage: string): LinkError {
  return new LinkError(
    "absent",
    `Cannot start the simulated readers: ${program} is not installed`,
    {
      delivery: "not-sent",
      next: `Run: apt-get install ${debianPackage}`,
    },
  );
}
