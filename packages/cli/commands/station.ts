import { ownVersion } from "../own_version.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { cutOffWords, journalFile, journalPath, readRecord } from "../journal/journal_file.ts";
import type { CommandContext } from "../program.ts";
import { StationJob } from "../station/station_job.ts";
import { serveStation, type StationEnd } from "../station/station_server.ts";
import { type BenchOptions, openBench } from "../token/bench.ts";

/** Options of `otpsmith station`. */
export interface StationCommandOptions extends BenchOptions {
  readonly port?: number;
  readonly idle?: number;
}

const ENDS: Readonly<Record<StationEnd, string>> = {
  idle: "The station has ended: no page was open for a while.",
  ended: "The station has ended.",
  stopped: "The station was stopped.",
};

/** Long enough for a coffee, short enough that a forgotten station does not hold a seed overnight. */
const IDLE_MINUTES = 15;

/** `otpsmith station`: the whole job on a page in the browser, served to this computer alone. */
export async function station(
  _source: string | undefined,
  options: StationCommandOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out, io, signal } = context;
  const bench = await openBench(options, context);
  const simulated = bench.simulated !== undefined;
  try {
    const path = journalPath(io.env, { simulated });
    const job = new StationJob({
      bench,
      version: ownVersion(),
      journal: journalFile(path),
      unfinished: async (token) => cutOffWords(await readRecord(path, token)),
    });
    context.abandon.addEventListener("abort", () => job.abandon(), { once: true });
    try {
      let first = true;
      const end = await serveStation({
        job,
        port: options.port,
        idleMs: (options.idle ?? IDLE_MINUTES) * 60_000,
        signal,
        onLink: (url) => {
          out.line(
            first ? "Open this link in a browser; it opens one page, once:" : "For another page:",
          );
          out.line(`  ${out.style(url, "bold")}`);
          if (first) out.progress("Press Ctrl-C to end the station.");
          out.event("ready", { url });
          first = false;
        },
      });
      out.line(ENDS[end]);
      out.result({ command: "station", ok: true, exit: EXIT.done, end });
      return EXIT.done;
    } finally {
      await job[Symbol.asyncDispose]();
    }
  } finally {
    await bench.close();
  }
}
