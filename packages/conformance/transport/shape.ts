import { broken, check, dispose, within } from "../_check.ts";
import { commandsSeen, PATIENCE_MS } from "./_echo_commands.ts";
import { listed, type TransportCase, withEcho } from "./setup.ts";

const KINDS: readonly string[] = ["apdu", "report", "feature"];
const OBSTACLES: readonly string[] = [
  "service-down",
  "denied",
  "missing-library",
  "no-reader",
  "failed",
];

/** Tier 0: what holds for every transport, whatever is plugged in. */
export const shapeCases: readonly TransportCase[] = [
  {
    id: "transport/shape/name",
    tier: 0,
    title: "it has a short name and says which kinds of link it gives",
    needs: [],
    run: ({ transport: { name, kinds } }) => {
      check(/^[a-z][a-z0-9-]{0,31}$/.test(name), `name has to be short and plain, not "${name}"`);
      check(
        kinds.length > 0 && kinds.every((kind) => KINDS.includes(kind)),
        `kinds has to list some of ${KINDS.join(", ")}, not "${kinds.join(", ")}"`,
      );
      return Promise.resolve();
    },
  },
  {
    id: "transport/shape/probe",
    tier: 0,
    title: "probe() says that it can be used, or why not and what to do about it",
    needs: [],
    run: async ({ transport }) => {
      const state = await transport.probe().catch((error) =>
        broken(`probe() has to describe obstacles, not to throw: ${error}`)
      );
      check(typeof state.usable === "boolean", "probe() has to say usable: true or false");
      if (state.usable) return;
      check(OBSTACLES.includes(state.code), `an obstacle's code cannot be "${state.code}"`);
      check(state.message.trim().length > 0, "an obstacle needs a message for a person");
      check(state.fix.trim().length > 0, "an obstacle needs a fix: a command, or what to plug in");
    },
  },
  {
    id: "transport/shape/list-stable",
    tier: 0,
    title: "list() gives the same ids in the same order while nothing is plugged",
    needs: ["list"],
    run: async ({ transport }) => {
      const [first, second] = [await listed(transport), await listed(transport)];
      check(
        first.map(({ id }) => id).join() === second.map(({ id }) => id).join(),
        "an endpoint has to keep its id, and its place, from one list() to the next",
      );
    },
  },
  {
    id: "transport/shape/endpoints",
    tier: 0,
    title: "each endpoint has an id of its own, a label, its transport's name and a promised kind",
    needs: ["list"],
    run: async ({ transport }) => {
      const endpoints = await listed(transport);
      const ids = new Set(endpoints.map(({ id }) => id));
      check(ids.size === endpoints.length, "two endpoints must not have the same id");
      for (const { id, label, kind, transport: name } of endpoints) {
        check(id.length > 0, "an id must not be empty");
        check(label.trim().length > 0, `the endpoint ${id} needs a label that a person can read`);
        check(name === transport.name, `the endpoint ${id} has to carry its transport's name`);
        check(transport.kinds.includes(kind), `the endpoint ${id} is of a kind not in kinds`);
      }
    },
  },
  {
    id: "transport/shape/list-opens-nothing",
    tier: 0,
    title: "list() sends nothing and does not disturb an open link",
    needs: ["list", "echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const before = await commandsSeen(link);
        await listed(setup.transport);
        const after = await commandsSeen(link);
        check(after === before + 1, "list() must not send anything to a token");
        check(!link.closed.aborted, "list() must not end a link that is open");
      }),
  },
  {
    id: "transport/shape/watch-first",
    tier: 0,
    title: "watch() gives what list() gives at once, and ends when its signal fires",
    needs: ["list", "watch"],
    run: async ({ transport }) => {
      const stop = new AbortController();
      const watch = transport.watch({ signal: stop.signal })[Symbol.asyncIterator]();
      const first = await within(
        PATIENCE_MS,
        watch.next(),
        "watch() has to give the first snapshot without waiting for a change",
      );
      const all = await listed(transport);
      check(!first.done, "watch() must not end before its signal fires");
      check(
        first.value.map(({ id }) => id).join() === all.map(({ id }) => id).join(),
        "the first snapshot has to hold what list() gives",
      );
      const waiting = watch.next();
      stop.abort();
      const last = await within(PATIENCE_MS, waiting, "watch() has to end when its signal fires")
        .catch(
          (error) => broken(`watch() has to end quietly when its signal fires: ${error}`),
        );
      // Something may really have changed between the two; then the end comes after that.
      if (!last.done) check((await watch.next()).done === true, "watch() has to end after abort");
    },
  },
  {
    id: "transport/shape/watch-left",
    tier: 0,
    title: "a watch that is left by break ends at once",
    needs: ["watch"],
    run: async ({ transport }) => {
      const seen = (async () => {
        for await (const _ of transport.watch()) break;
      })();
      await within(
        PATIENCE_MS,
        seen,
        "leaving a watch has to stop it: return() must not wait for a change",
      );
    },
  },
  {
    id: "transport/shape/dispose-twice",
    tier: 0,
    title: "it can be disposed of twice, used or not",
    needs: [],
    run: async ({ transport }) => {
      for (const time of ["first", "second"]) {
        await dispose(transport).catch((error) =>
          broken(`disposing must not throw, not even the ${time} time: ${error}`)
        );
      }
    },
  },
];
