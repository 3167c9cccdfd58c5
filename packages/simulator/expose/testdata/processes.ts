import { readdirSync, readFileSync } from "node:fs";

/** Ids of all processes whose command line names this text, such as a private directory. */
export function processesNaming(text: string): number[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).filter((name) => {
    try {
      return readFileSync(`/proc/${name}/cmdline`, "latin1").includes(text);
    } catch {
      return false; // it has ended meanwhile
    }
  }).map(Number);
}

/** Whether a process runs: one that has ended and that nobody has asked about yet (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    const [, state] = readFileSync(`/proc/${pid}/stat`, "latin1").split(") ");
    return !state!.startsWith("Z");
  } catch {
    return false;
  }
}

/** Waits until a condition holds; fails with its text after ten seconds. */
export async function until(what: string, holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!await holds()) {
    if (performance.now() > deadline) throw new Error(`still not so: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
