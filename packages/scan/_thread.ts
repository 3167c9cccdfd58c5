import process from "node:process";
import type { WorkerOptions } from "node:worker_threads";

/** The file of a thread. Built sources start a built thread. */
export function threadUrl(name: "decoder_thread" | "pdf_thread"): URL {
  if (!import.meta.url.endsWith(".ts")) return new URL(`./${name}.js`, import.meta.url);
  // Node before 22.18 runs no TypeScript: there the sources start the thread as it was built last.
  const { features, versions } = process as NodeJS.Process & {
    readonly features: { readonly typescript?: unknown };
  };
  const runsTypes = features.typescript || versions["bun"] || versions["deno"];
  return new URL(runsTypes ? `./${name}.ts` : `./dist/${name}.js`, import.meta.url);
}

/** How a thread is started: flags of the program, such as --input-type, are not meant for it. */
export function threadOptions(): WorkerOptions {
  return { execArgv: process.execArgv.filter((flag) => flag.startsWith("--conditions=")) };
}
