import type { Endpoint } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { broken, check, checkBytes, checkRejects, later, within } from "../_check.ts";
import { ECHO } from "../echo/echo_card.ts";
import { closedReason, echo, ok, PATIENCE_MS, silence, UNDER_WAY_MS } from "./_echo_commands.ts";
import { type EchoLink, openEcho } from "./echo_link.ts";
import { type Hand, WHAT, withHand } from "./_hands.ts";
import {
  findEndpoint,
  listed,
  type TransportCase,
  type TransportSetup,
  untilFree,
} from "./setup.ts";

function ids(endpoints: readonly Endpoint[]): string {
  return endpoints.map(({ id }) => id).join(", ");
}

/** Waits for `closed`, which nothing but the link's end may fire. */
async function untilClosed({ closed }: EchoLink, whatToChange: string): Promise<void> {
  const fired = new Promise<void>((resolve) => {
    if (closed.aborted) resolve();
    else closed.addEventListener("abort", () => resolve(), { once: true });
  });
  await within(PATIENCE_MS, fired, whatToChange);
}

/** Opens again what was taken away and put back. */
async function works(setup: TransportSetup): Promise<void> {
  await untilFree(setup, PATIENCE_MS);
  const link = await openEcho(await findEndpoint(setup.transport, setup.echo));
  try {
    checkBytes(await link.transceive(echo(5)), ok(5), "what was put back has to work as before");
  } finally {
    await link[Symbol.asyncDispose]();
  }
}

/** The cases that are the same for a reader that is pulled out and for a card that is taken off. */
function removals(hand: Hand): readonly TransportCase[] {
  const what = WHAT[hand];
  return [
    {
      id: `transport/hotplug/${hand}-idle`,
      tier: 2,
      title: `closed fires when ${what} goes while nothing is under way, and the handle is free`,
      needs: ["echo", hand, hand === "plug" ? "notices" : "notices-card"],
      run: (setup) =>
        withHand(setup, hand, async ({ move, endpoint }) => {
          const link = await openEcho(endpoint);
          try {
            await move(false);
            await untilClosed(link, `closed has to fire when ${what} goes, though nobody asks`);
            const { reason } = closedReason(link);
            check(
              reason === "lost" || reason === "absent",
              `closed has to fire as lost when ${what} goes, not as ${reason}`,
            );
            await checkRejects(
              link.transceive(echo(1)),
              { reasons: ["lost", "absent"], delivery: "not-sent" },
              `nothing can be sent when ${what} has gone`,
            );
          } finally {
            await link[Symbol.asyncDispose]();
          }
          await move(true);
          await works(setup);
        }),
    },
    {
      id: `transport/hotplug/${hand}-in-flight`,
      tier: 2,
      title:
        `a call under way rejects when ${what} goes, and says that it may have been carried out`,
      needs: ["echo", hand],
      // A feature report is there at once or not yet ready: no call is under way for long.
      kinds: ["apdu", "report"],
      run: (setup) =>
        withHand(setup, hand, async ({ move, moveOnly, endpoint }) => {
          const link = await openEcho(endpoint);
          try {
            const call = later(link.transceive(silence(), { timeoutMs: 2 * READER_PATIENCE_MS }));
            await systemTime.sleep(UNDER_WAY_MS);
            await moveOnly(false);
            await within(
              READER_PATIENCE_MS,
              call.catch(() => undefined),
              `a call has to reject when ${what} goes, and not at its own time limit`,
            );
            await checkRejects(
              call,
              { reasons: ["lost", "absent"], delivery: "unknown" },
              `the command was on its way when ${what} went`,
            );
            closedReason(link);
          } finally {
            await link[Symbol.asyncDispose]();
          }
          await move(true);
          await works(setup);
        }),
    },
    {
      id: `transport/hotplug/${hand}-gone`,
      tier: 2,
      title: `opening when ${what} has gone says that it is absent, and what to do`,
      needs: ["echo", hand],
      run: (setup) =>
        withHand(setup, hand, async ({ move, endpoint }) => {
          await move(false);
          const error = await checkRejects(
            within(PATIENCE_MS, endpoint.open(), "open() must not wait for what has gone"),
            { reasons: ["absent", "lost"], delivery: "not-sent" },
            `an endpoint from before ${what} went cannot be opened`,
          );
          check(error.next !== undefined, `open() needs a next step when ${what} has gone`);
          await move(true);
          await works(setup);
        }),
    },
  ];
}

/** A reader may wait so long for a contactless card that has gone; the standard allows 5 s. */
const READER_PATIENCE_MS = 10_000;

/** So many changes that a queue would be seen; an odd number, so that the last one takes away. */
const CHANGES = 7;

/** Tier 2: what holds while things come and go. */
export const hotplugCases: readonly TransportCase[] = [
  {
    id: "transport/hotplug/list",
    tier: 2,
    title:
      "what is pulled out leaves the list, what is plugged in joins it, and the others stay as they are",
    needs: ["list", "echo", "plug"],
    run: (setup) =>
      withHand(setup, "plug", async ({ move, endpoint }) => {
        const others = (all: readonly Endpoint[]): readonly Endpoint[] =>
          all.filter(({ label, id }) => label !== endpoint.label && id !== endpoint.id);
        const before = others(await listed(setup.transport));
        for (const present of [false, true]) {
          const now = others(await move(present));
          check(
            ids(now) === ids(before),
            `an endpoint keeps its id while others come and go: ${ids(before)} became ${ids(now)}`,
          );
        }
        await works(setup);
      }),
  },
  {
    id: "transport/hotplug/card-list",
    tier: 2,
    title: "a reader keeps its id while cards come and go on it",
    needs: ["list", "echo", "card"],
    run: (setup) =>
      withHand(setup, "card", async ({ move, endpoint }) => {
        for (const present of [false, true]) {
          const all = await move(present);
          check(
            all.some(({ id }) => id === endpoint.id),
            `the endpoint ${endpoint.id} has to stay while the card goes and comes: it is the reader's`,
          );
        }
        await works(setup);
      }),
  },
  {
    id: "transport/hotplug/watch",
    tier: 2,
    title: "watch() tells of what goes and comes",
    needs: ["watch", "echo", "plug"],
    run: (setup) =>
      withHand(setup, "plug", async ({ moveOnly, endpoint: { label } }) => {
        const watch = setup.transport.watch()[Symbol.asyncIterator]();
        try {
          for (const present of [true, false, true]) {
            await moveOnly(present);
            const seen = (async () => {
              for (;;) {
                const { value, done } = await watch.next();
                if (done) broken("watch() must not end while nobody stops it");
                const there = (value as readonly Endpoint[]).some((one) => one.label === label);
                if (there === present) return;
              }
            })();
            await within(
              PATIENCE_MS,
              seen,
              `watch() has to give a snapshot when a device is ${
                present ? "plugged in" : "pulled out"
              }`,
            );
          }
        } finally {
          void later(Promise.resolve(watch.return?.())); // a generator that waits ends with its transport
        }
      }),
  },
  {
    id: "transport/hotplug/newest",
    tier: 2,
    title: "who is slow to look at a watch gets the newest snapshot, not all that came before",
    needs: ["list", "watch", "echo", "plug"],
    run: (setup) =>
      withHand(setup, "plug", async ({ move, endpoint: { label } }) => {
        const watch = setup.transport.watch()[Symbol.asyncIterator]();
        try {
          await watch.next();
          for (let change = 1; change <= CHANGES; change++) await move(change % 2 === 0);
          let stale = -1;
          let there = true;
          const newest = (async () => {
            for (; there; stale++) {
              const { value } = await watch.next();
              there = (value as readonly Endpoint[]).some((one) => one.label === label);
            }
            // A queue would begin with the first change, which looks just like the last.
            const more = later(watch.next());
            const quiet = systemTime.sleep(QUIET_MS).then(() => true);
            check(
              await Promise.race([quiet, more.then(() => false)]),
              "a watch must not queue snapshots: keep the newest one alone",
            );
          })();
          await within(PATIENCE_MS, newest, "a watch has to come to the newest snapshot");
          // One may have been on its way when the last change came.
          check(stale <= 1, `a watch must not queue snapshots: ${stale} old ones came first`);
        } finally {
          void later(Promise.resolve(watch.return?.()));
        }
      }),
  },
  ...removals("plug"),
  ...removals("card"),
  {
    id: "transport/hotplug/twins",
    tier: 2,
    title: "two readers that look just alike are two endpoints, and each leads to its own device",
    needs: ["list", "echo", "twin"],
    run: async (setup) => {
      const both = [
        await findEndpoint(setup.transport, setup.echo),
        await findEndpoint(setup.transport, setup.twin),
      ] as const;
      check(both[0].id !== both[1].id, "two equal readers must not have the same id");
      const links = [await openEcho(both[0]), await openEcho(both[1])] as const;
      try {
        const tell = (which: 0 | 1) =>
          links[which].transceive(Uint8Array.of(0, ECHO.remember, 0, 0, 1, 10 + which));
        await Promise.all([tell(0), tell(1)]);
        for (const which of [0, 1] as const) {
          checkBytes(
            await links[which].transceive(Uint8Array.of(0, ECHO.recall, 0, 0)),
            ok(10 + which),
            "each of two equal readers has to lead to its own device",
          );
        }
      } finally {
        for (const link of links) await link[Symbol.asyncDispose]();
      }
    },
  },
  {
    id: "transport/hotplug/twin-stays",
    tier: 2,
    title: "pulling out one of two equal readers does not touch the other",
    needs: ["list", "echo", "twin", "plug"],
    run: (setup) =>
      withHand(setup, "plug", async ({ move }) => {
        const twin = await findEndpoint(setup.transport, setup.twin);
        const link = await openEcho(twin);
        try {
          const left = await move(false);
          check(
            left.some(({ id, label }) => id === twin.id && label === twin.label),
            `the reader that stays has to keep its id ${twin.id}: ${ids(left)} are left`,
          );
          check(
            !link.closed.aborted,
            "a link ends with its own device, not with one that looks like it",
          );
          checkBytes(await link.transceive(echo(6)), ok(6), "the reader that stays has to work on");
        } finally {
          await link[Symbol.asyncDispose]();
        }
      }),
  },
];

/** Within this a queue has given more. */
const QUIET_MS = 100;
