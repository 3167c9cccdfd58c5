import { Hono } from "hono";
import { bodyLimit } from "hono/body-limit";
import { stream } from "hono/streaming";
import { isProjectError } from "@otpsmith/core/errors";
import { safeParse } from "valibot";
import type { ActionName, StationRefusal } from "../station_api/mod.ts";
import { fromThisComputer, Keys, refusal, strictHeaders } from "./_guard.ts";
import type { PageFiles } from "./_page_files.ts";
import { SCHEMAS } from "./_schemas.ts";
import { problemOf } from "./_views.ts";
import { ActionRefused } from "./_problems.ts";
import type { StationJob } from "./station_job.ts";

/** Enough for every action; a picture is decoded in the page and never sent. */
const MAX_BODY_BYTES = 64 * 1024;

/** What the routes stand on. */
export interface RoutesOptions {
  readonly job: StationJob;
  readonly files: PageFiles;
  readonly keys: Keys;
  /** The port that is listened on. */
  readonly port: () => number;
  /** Told of each request that was let in, and of each page that follows the events or stops doing so. */
  readonly onActivity: (pages: 0 | 1 | -1) => void;
  /** Told when the key of a link was used. */
  readonly onLinkUsed: () => void;
}

/** The interface of the station: see the module `station_api`. */
export function stationRoutes(options: RoutesOptions): Hono {
  const { job, files, keys, port, onActivity, onLinkUsed } = options;
  const app = new Hono();
  app.use(strictHeaders, fromThisComputer(port));

  app.post("/api/session", (context) => {
    const key = keys.exchange(context.req.header("authorization"));
    if (key === undefined) {
      return context.json(refusal("key", "the link was used before, or is not complete"), 401);
    }
    onLinkUsed();
    onActivity(0);
    return context.json({ key });
  });

  app.use("/api/*", keys.required, async (_, next) => {
    onActivity(0);
    await next();
  });
  app.get("/api/state", (context) => context.json(job.state));
  app.get("/api/events", (context) => {
    context.header("Content-Type", "application/x-ndjson");
    return stream(context, async (out) => {
      onActivity(1);
      const left = new Promise<void>((resolve) => {
        out.onAbort(resolve);
        job.ended.addEventListener("abort", () => resolve(), { once: true });
      });
      const write = (value: unknown): void => void out.write(`${JSON.stringify(value)}\n`);
      write(job.state);
      const stop = job.subscribe(write);
      // A proxy-less connection of a sleeping computer breaks without a word: an empty line finds out.
      const beat = setInterval(() => void out.write("\n"), 10_000);
      await left;
      clearInterval(beat);
      stop();
      onActivity(-1);
    });
  });

  const limited = bodyLimit({
    maxSize: MAX_BODY_BYTES,
    onError: (context) =>
      context.json(refusal("too-long", "it is too long", "Send less than 64 KiB."), 413),
  });
  app.post("/api/actions/:name", limited, async (context) => {
    const name = context.req.param("name");
    if (!Object.hasOwn(SCHEMAS, name)) {
      return context.json(refusal("no-action", "there is no such action", "See station_api."), 404);
    }
    if (!/^application\/json\b/.test(context.req.header("content-type") ?? "")) {
      return context.json(refusal("type", "it is not JSON", "Send application/json."), 415);
    }
    const body = await context.req.json<unknown>().catch(() => undefined);
    const input = safeParse(SCHEMAS[name as ActionName], Array.isArray(body) ? null : body);
    if (!input.success) {
      // The path alone: what was sent may be a seed.
      const path = input.issues[0].path?.map(({ key }) => String(key)).join(".") ??
        "the whole body";
      return context.json(refusal("input", `${path} does not fit`, "See station_api."), 400);
    }
    try {
      await job.act(name as ActionName, input.output as never);
      return context.json({});
    } catch (error) {
      if (error instanceof ActionRefused) return context.json(refused(error.problem), 409);
      if (isProjectError(error)) return context.json(refused(problemOf(error)), 422);
      throw error;
    }
  });

  app.get("*", (context) => {
    const file = files.get(context.req.path);
    if (!file) return context.json(refusal("no-file", "there is no such file"), 404);
    context.header("Content-Type", file.type);
    return context.body(file.bytes);
  });
  app.notFound((context) => context.json(refusal("no-route", "there is nothing here"), 404));
  // The text of a foreign error may hold anything, a seed too.
  app.onError((_, context) =>
    context.json(refusal("defect", "otpsmith has a defect here", "Please report it."), 500)
  );
  return app;
}

function refused(error: StationRefusal["error"]): StationRefusal {
  return { error };
}
