import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, realpath } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A directory of our own that goes away with us, whichever way we go. */
export interface PrivateDirectory {
  /** Absolute, short, and made of characters that reader.conf takes unquoted. */
  readonly path: string;
  /** Removes it with everything in it. */
  remove(): Promise<void>;
}

// pcscd reads only these in an unquoted value (LudovicRousseau/PCSC, src/configfile.l).
const PLAIN = /^[A-Za-z0-9/._@-]+$/;
/** Unix socket paths end at 107 bytes; this leaves room for the names that we put behind the directory. */
const LONGEST_BASE = 60;

/**
 * Makes a directory that only this user can enter. A small shell waits for the end of this process and
 * then removes it, so that nothing stays behind even after SIGKILL.
 */
export async function createPrivateDirectory(): Promise<PrivateDirectory> {
  const path = await mkdtemp(join(await shortBase(), "otpsim-"));
  const janitor = spawn("/bin/sh", ["-c", 'read -r _; rm -rf -- "$0"', path], {
    stdio: ["pipe", "ignore", "ignore"],
    cwd: "/",
    detached: true, // Ctrl-C reaches the whole group of the terminal: it must outlive us
  });
  const exited = once(janitor, "exit");
  exited.catch(() => {}); // a spawn error is told by remove()
  janitor.unref();
  // A pipe to a child keeps the process on Node; on Bun it does not, and has no such method.
  (janitor.stdin as unknown as { unref?(): void }).unref?.();
  janitor.stdin.on("error", () => {});
  return {
    path,
    async remove() {
      janitor.ref();
      janitor.stdin.end();
      await exited;
    },
  };
}

/** The system's directory for temporary files if it suits a Unix socket and reader.conf, else /tmp. */
async function shortBase(): Promise<string> {
  const base = await realpath(tmpdir());
  // What lies under /run is hidden from a pcscd that gets a /run of its own.
  const suits = base.length <= LONGEST_BASE && PLAIN.test(base) && !base.startsWith("/run/");
  return suits ? base : "/tmp";
}
