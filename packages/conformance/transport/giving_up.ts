import { broken, check, checkBytes, checkRejects, dispose, later, within } from "../_check.ts";
import {
  busyEcho,
  closedReason,
  commandsSeen,
  echo,
  ok,
  PATIENCE_MS,
  silence,
  slowFinished,
  UNDER_WAY_MS,
} from "./_echo_commands.ts";
import { systemTime } from "@otpsmith/core/time";
import { openEcho } from "./echo_link.ts";
import { findEndpoint, type TransportCase, untilFree, withEcho } from "./setup.ts";
import { whileSlow } from "./_while_slow.ts";

/** A feature report is there at once or not yet ready: nobody is kept waiting within a call. */
const CAN_BE_UNDER_WAY = ["apdu", "report"] as const;

/** Longer than any reader waits for its card; contactless cards may ask for 5 s. */
const READER_PATIENCE_MS = 10_000;

/** Tier 1: calls and links that are given up, on purpose or because nothing comes. */
export const givingUpCases: readonly TransportCase[] = [
  {
    id: "transport/echo/abort-before",
    tier: 1,
    title: "a call whose signal has fired already sends nothing and leaves the link usable",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const before = await commandsSeen(link);
        await checkRejects(
          link.transceive(echo(1), { signal: AbortSignal.abort() }),
          { reasons: ["aborted"], delivery: "not-sent" },
          "a signal that has fired has to be looked at before sending",
        );
        check(await commandsSeen(link) === before + 1, "a call given up before it began was sent");
      }),
  },
  {
    id: "transport/echo/abort-queued",
    tier: 1,
    title: "a call given up while it queues is never sent and leaves the link usable",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const before = await commandsSeen(link);
        const giveUp = new AbortController();
        const first = later(link.transceive(busyEcho(link, 1)));
        const second = later(link.transceive(echo(2), { signal: giveUp.signal }));
        giveUp.abort();
        await checkRejects(
          second,
          { reasons: ["aborted"], delivery: "not-sent" },
          "a call that queues has to leave the queue when its signal fires",
        );
        checkBytes(await first, ok(1), "giving up one call must not touch the one before it");
        checkBytes(await link.transceive(echo(3)), ok(3), "the link has to stay usable");
        check(
          await commandsSeen(link) === before + 3,
          "the command of a call that was given up in the queue must not be sent",
        );
      }),
  },
  {
    id: "transport/echo/abort-in-flight",
    tier: 1,
    kinds: CAN_BE_UNDER_WAY,
    title: "giving up a call that is under way rejects at once and ends the link, not the token",
    needs: ["echo"],
    run: async (setup) => {
      let finished = 0;
      await whileSlow(setup, (slow) =>
        withEcho(setup, async (link) => {
          finished = await slowFinished(link);
          const giveUp = new AbortController();
          const call = slow.call(link, slow.echo(1), { signal: giveUp.signal });
          await slow.underWay();
          let answered = false;
          const settled = call.then(() => void (answered = true), () => {});
          giveUp.abort();
          await slow.before(settled, "a call has to reject at once when its signal fires");
          check(!answered, "a call that was given up must not succeed any more");
          await checkRejects(
            call,
            { reasons: ["aborted"], delivery: "unknown" },
            "the command was on its way",
          );
          check(
            closedReason(link).delivery === "unknown",
            "closed has to fire with delivery unknown: the command may have been carried out",
          );
          await checkRejects(
            link.transceive(echo(3)),
            { reasons: ["aborted", "lost"], delivery: "not-sent" },
            "nothing may be sent over a link after a call on it was given up under way",
          );
        }));
      await withEcho(setup, async (link) => {
        checkBytes(await link.transceive(echo(4)), ok(4), "the token has to be usable again");
        // HID devices may still be busy with it: nobody waits for them.
        const until = systemTime.now() + PATIENCE_MS;
        while (await slowFinished(link) === finished) {
          check(systemTime.now() < until, "giving up must not reset the device: let it finish");
          await systemTime.sleep(10);
        }
      });
    },
  },
  {
    id: "transport/echo/timeout",
    tier: 1,
    kinds: CAN_BE_UNDER_WAY,
    title:
      "an answer that does not come in time ends the link, and once it has come the token is free",
    needs: ["echo"],
    run: async (setup) => {
      await whileSlow(setup, (slow) =>
        withEcho(setup, async (link) => {
          await checkRejects(
            slow.call(link, slow.echo(1), { timeoutMs: slow.timeoutMs }),
            { reasons: ["timeout"], delivery: "unknown" },
            "timeoutMs has to bound the wait for an answer",
          );
          check(closedReason(link).reason === "timeout", "closed has to fire with the time-out");
        }));
      await untilFree(setup, PATIENCE_MS);
    },
  },
  {
    id: "transport/echo/after-dispose",
    tier: 1,
    title: "a link that was closed sends nothing and says so",
    needs: ["echo"],
    run: async (setup) => {
      const link = await withEcho(setup, (link) => Promise.resolve(link));
      closedReason(link);
      await checkRejects(
        link.transceive(echo(1)),
        { reasons: ["lost", "absent"], delivery: "not-sent" },
        "a link that was disposed of must not be usable",
      );
      await dispose(link).catch((error) =>
        broken(`disposing of a link twice must not throw: ${error}`)
      );
    },
  },
  {
    id: "transport/echo/dispose-in-flight",
    tier: 1,
    kinds: CAN_BE_UNDER_WAY,
    title: "closing a link under a call rejects that call, and waits for the token to be free",
    needs: ["echo"],
    run: (setup) =>
      whileSlow(setup, async (slow) => {
        const endpoint = await findEndpoint(setup.transport, setup.echo);
        const link = await openEcho(endpoint);
        const rejected = later(checkRejects(
          slow.call(link, slow.echo(1)),
          { reasons: ["lost", "aborted"], delivery: "unknown" },
          "a call under way has to reject when its link is closed",
        ));
        await slow.underWay();
        await within(PATIENCE_MS, link[Symbol.asyncDispose](), "disposing has to come to an end");
        await rejected;
        const next = await endpoint.open().catch((error) =>
          broken(`disposing has to give the token back before it resolves: ${error}`)
        );
        await next[Symbol.asyncDispose]();
      }),
  },
  {
    id: "transport/echo/never-answers",
    tier: 1,
    kinds: CAN_BE_UNDER_WAY,
    title:
      "a device that never answers does not keep its link: the handle is let go some time later",
    needs: ["echo", "silence"],
    run: async (setup) => {
      await whileSlow(setup, (slow) =>
        withEcho(setup, async (link) => {
          await checkRejects(
            slow.call(link, silence(), { timeoutMs: UNDER_WAY_MS }),
            { reasons: ["timeout"], delivery: "unknown" },
            "timeoutMs has to bound the wait for an answer that never comes",
          );
          await within(
            PATIENCE_MS,
            link[Symbol.asyncDispose](),
            "disposing has to come to an end, though the call that is out does not",
          );
        }));
      await untilFree(setup, READER_PATIENCE_MS);
      await withEcho(setup, async (link) => {
        checkBytes(await link.transceive(echo(1)), ok(1), "the device has to be usable again");
      });
    },
  },
];
