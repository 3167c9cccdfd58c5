/**
 * Runs test files in a page and sends what came of them to the server that the page is from.
 *
 * @module
 */
import { type Outcome, runFiles } from "../../tools/runtimes/run_files.ts";

/** Sends one after the other, so that the last word comes last. */
let sent: Promise<unknown> = Promise.resolve();

function send(outcomes: readonly Outcome[]): void {
  const body = JSON.stringify(outcomes);
  sent = sent.then(() => fetch("/report", { method: "POST", body }));
}

function fail(file: string, error: unknown): void {
  const text = error instanceof Error ? error.stack ?? error.message : String(error);
  send([{ file, name: "", state: "failed", error: text }]);
}

/**
 * Runs all files.
 *
 * @param files paths from the root of the repository, and what imports them
 */
export async function runPage(
  files: Readonly<Record<string, () => Promise<unknown>>>,
): Promise<void> {
  // As in vitest: an error that nobody waited for is a failure, whatever the tests say.
  const page = globalThis as unknown as EventTarget;
  for (const [event, what] of [["unhandledrejection", "reason"], ["error", "error"]] as const) {
    page.addEventListener(event, (told) => fail(event, Reflect.get(told, what)));
  }
  const load = (file: string): Promise<unknown> =>
    files[file]?.() ?? Promise.reject(new Error(`Load ${file}: it is not in the page`));
  await runFiles(Object.keys(files), { load, report: send });
  await sent;
  await fetch("/done", { method: "POST" });
}
