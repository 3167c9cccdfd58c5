import { serve, type ServerType } from "@hono/node-server";
import { systemTime } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { Keys } from "./_guard.ts";
import { readPageFiles } from "./_page_files.ts";
import { stationRoutes } from "./_routes.ts";
import type { StationJob } from "./station_job.ts";

/** Options of {@linkcode serveStation}. */
export interface StationServerOptions {
  readonly job: StationJob;
  /** The port; any free one where it is 0. */
  readonly port?: number | undefined;
  /** Ends the station where no page has been open for so long, in milliseconds. */
  readonly idleMs: number;
  /** Ends it. */
  readonly signal: AbortSignal;
  /** Told of a link that opens one page, once: at the start, and again whenever one was used. */
  readonly onLink: (url: string) => void;
}

/** Why a station has ended. */
export type StationEnd = "idle" | "ended" | "stopped";

/**
 * Serves the page on the loopback interface of this computer, 127.0.0.1 and ::1, until it is ended by the
 * page, by the signal, or because nobody looks at it. Does not dispose of the job.
 */
export async function serveStation(options: StationServerOptions): Promise<StationEnd> {
  const { job, idleMs, signal, onLink } = options;
  const files = await readPageFiles();
  const keys = new Keys();
  let end: (how: StationEnd) => void = () => undefined;
  const ended = new Promise<StationEnd>((resolve) => end = resolve);
  const idle = new Idle(idleMs, () => {
    if (job.state.busy === "burning") return false;
    end("idle");
    return true;
  });
  let port = 0;
  const link = (): void => onLink(`http://127.0.0.1:${port}/#${keys.newLink()}`);
  const app = stationRoutes({
    job,
    files,
    keys,
    port: () => port,
    onActivity: (pages) => idle.activity(pages),
    onLinkUsed: link,
  });
  const servers = [await listen(app.fetch, { hostname: "127.0.0.1", port: options.port ?? 0 })];
  try {
    port = (servers[0]!.address() as { readonly port: number }).port;
    // A computer without IPv6 has no ::1, and nobody misses it there.
    const v6 = await listen(app.fetch, { hostname: "::1", port }).catch(() => undefined);
    if (v6) servers.push(v6);
    signal.addEventListener("abort", () => end("stopped"), { once: true });
    job.ended.addEventListener("abort", () => end("ended"), { once: true });
    if (signal.aborted) end("stopped");
    link();
    return await ended;
  } finally {
    idle.close();
    await Promise.all(servers.map(close));
  }
}

type Fetch = Parameters<typeof serve>[0]["fetch"];

function listen(
  fetch: Fetch,
  { hostname, port }: { readonly hostname: string; readonly port: number },
): Promise<ServerType> {
  return new Promise((resolve, reject) => {
    const server = serve({ fetch, hostname, port }, () => resolve(server));
    server.once("error", (cause) =>
      reject(
        new CliError(`Cannot open the station: port ${port} cannot be listened on`, {
          code: "station/port",
          exit: EXIT.failed,
          next: "Leave --port out: a free one is found.",
          cause,
        }),
      ));
  });
}

/** Time for answers that are on their way; pages that follow the events would stay for ever. */
const LAST_WORDS_MS = 200;

function close(server: ServerType): Promise<void> {
  return new Promise((resolve) => {
    const cancel = systemTime.alarm(LAST_WORDS_MS, () => {
      if ("closeAllConnections" in server) server.closeAllConnections();
    });
    server.close(() => {
      cancel();
      resolve();
    });
    if ("closeIdleConnections" in server) server.closeIdleConnections();
  });
}

/** Counts open pages and the time without any. */
class Idle {
  readonly #ms: number;
  readonly #end: () => boolean;
  #pages = 0;
  #cancel: (() => void) | undefined;

  constructor(ms: number, end: () => boolean) {
    this.#ms = ms;
    this.#end = end;
    this.#wait();
  }

  activity(pages: 0 | 1 | -1): void {
    this.#pages += pages;
    this.#wait();
  }

  close(): void {
    this.#cancel?.();
    this.#pages = Infinity;
  }

  #wait(): void {
    this.#cancel?.();
    if (this.#pages > 0) return;
    this.#cancel = systemTime.alarm(this.#ms, () => {
      if (this.#pages === 0 && !this.#end()) this.#wait();
    });
  }
}
