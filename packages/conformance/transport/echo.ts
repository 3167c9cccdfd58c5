import { check, checkBytes, checkRejects, later, within } from "../_check.ts";
import { busyEcho, commandsSeen, echo, ok, PATIENCE_MS } from "./_echo_commands.ts";
import { ECHO } from "../echo/echo_card.ts";
import { type ChildProgram, findEndpoint, type TransportCase, withEcho } from "./setup.ts";

/** Tier 1: what holds as soon as something answers. */
export const echoCases: readonly TransportCase[] = [
  {
    id: "transport/echo/bytes",
    tier: 1,
    title: "every byte arrives as it was sent, both ways",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const every = Array.from({ length: 256 }, (_, index) => index);
        const length = Math.min(128, link.dataBytes);
        const parts = [];
        for (let at = 0; at < every.length; at += length) parts.push(every.slice(at, at + length));
        for (const data of [[0], [0, 0, 0], [0x90, 0x00], [0x61, 0x10], ...parts]) {
          checkBytes(
            await link.transceive(echo(...data)),
            ok(...data),
            "bytes must not be changed",
          );
        }
      }),
  },
  {
    id: "transport/echo/nothing-extra",
    tier: 1,
    title: "opening sends nothing, and each call sends one command",
    needs: ["echo"],
    run: async (setup) => {
      const before = await withEcho(setup, commandsSeen);
      const after = await withEcho(setup, async (link) => {
        await link.transceive(echo(1));
        return await commandsSeen(link);
      });
      check(
        after === before + 2,
        `no command may be sent that nobody asked for: 2 were, ${after - before} arrived`,
      );
    },
  },
  {
    id: "transport/echo/order",
    tier: 1,
    title: "calls made at once queue: each gets its own answer, in the order of calling",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const order: number[] = [];
        const calls = Array.from({ length: 20 }, async (_, index) => {
          const command = index === 0 ? busyEcho(link, index) : echo(index);
          const answer = await link.transceive(command);
          order.push(index);
          checkBytes(answer, ok(index), "an answer has to go to the call whose command it answers");
        });
        await Promise.all(calls);
        check(
          order.every((value, index) => value === index),
          `commands have to be sent in the order of calling, not ${order.join(", ")}`,
        );
      }),
  },
  {
    id: "transport/echo/empty-answer",
    tier: 1,
    title: "an answer of nothing but its status word is an answer",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const command = Uint8Array.of(0, ECHO.echo, 0, 0);
        checkBytes(await link.transceive(command), ok(), "a status word alone is a whole answer");
        const unknown = Uint8Array.of(0, 0x01, 0, 0);
        checkBytes(
          await link.transceive(unknown),
          Uint8Array.of(0x6d, 0x00),
          "a status word that says no is the driver's business, not the transport's",
        );
      }),
  },
  {
    id: "transport/echo/callers-bytes",
    tier: 1,
    kinds: ["apdu"], // for reports see transport/echo/callers-reports
    title: "the caller's array is not changed, and may be wiped as soon as the call was made",
    needs: ["echo"],
    run: (setup) =>
      withEcho(setup, async (link) => {
        const kept = echo(1, 2, 3);
        await link.transceive(kept);
        checkBytes(
          kept,
          echo(1, 2, 3),
          "a command belongs to the caller: it must not be written to",
        );
        const slow = later(link.transceive(busyEcho(link, 7)));
        const [wiped, answers] = [echo(4, 5, 6), [] as Uint8Array[]];
        const queued = later(link.transceive(wiped).then((answer) => answers.push(answer)));
        wiped.fill(0xff);
        await Promise.all([slow, queued]);
        checkBytes(
          answers[0]!,
          ok(4, 5, 6),
          "a command has to be copied in the call: its caller wipes secrets at once",
        );
        const answer = await link.transceive(echo(8));
        await link.transceive(echo(9));
        checkBytes(answer, ok(8), "an answer belongs to the caller: it must not be overwritten");
      }),
  },
  {
    id: "transport/echo/exclusive",
    tier: 1,
    title: "what is open exclusively cannot be opened again until it is closed",
    needs: ["echo", "exclusive"],
    run: async (setup) => {
      const endpoint = await findEndpoint(setup.transport, setup.echo);
      await withEcho(setup, async (link) => {
        const second = endpoint.open();
        second.then((open) => open[Symbol.asyncDispose](), () => {});
        const error = await checkRejects(
          second,
          { reasons: ["busy"], delivery: "not-sent" },
          "a second open() has to find the token busy",
        );
        check(error.next !== undefined, "a busy token needs a next step: who usually holds it");
        checkBytes(await link.transceive(echo(1)), ok(1), "the first link has to stay usable");
      });
      await withEcho(setup, async (link) => {
        checkBytes(await link.transceive(echo(2)), ok(2), "once closed it has to be free again");
      });
    },
  },
  {
    id: "transport/echo/absent",
    tier: 1,
    title: "opening an endpoint without a card says that it is absent",
    needs: ["absent"],
    run: async ({ transport, absent }) => {
      const endpoint = await findEndpoint(transport, absent);
      const error = await checkRejects(
        within(PATIENCE_MS, endpoint.open(), "open() must not wait for a card"),
        { reasons: ["absent"], delivery: "not-sent" },
        "without a card there is nothing to open",
      );
      check(error.next !== undefined, "a missing token needs a next step: where to put it");
    },
  },
  {
    id: "transport/echo/refuses",
    tier: 1,
    title: "what cannot be opened says why, that nothing was sent, and what to do",
    needs: ["refuses"],
    run: async ({ transport, refuses = [] }) => {
      check(refuses.length > 0, "setup() has to name the endpoints that this case needs");
      for (const name of refuses) {
        const endpoint = await findEndpoint(transport, name);
        const error = await checkRejects(
          within(PATIENCE_MS, endpoint.open(), "open() has to come to an end"),
          { reasons: ["absent", "busy", "denied", "unsupported"], delivery: "not-sent" },
          `"${name}" cannot be opened`,
        );
        check(
          error.next !== undefined && error.next.trim().length > 0,
          `every error of open() needs a next step: that of "${name}" has none`,
        );
      }
    },
  },
  {
    id: "transport/echo/open-aborted",
    tier: 1,
    title: "opening and listing with a signal that has fired is given up, and nothing is left open",
    needs: ["echo"],
    run: async (setup) => {
      const endpoint = await findEndpoint(setup.transport, setup.echo);
      const signal = AbortSignal.abort();
      const wanted = { reasons: ["aborted"], delivery: "not-sent" } as const;
      await checkRejects(endpoint.open({ signal }), wanted, "open() has to look at its signal");
      await checkRejects(
        setup.transport.list({ signal }),
        wanted,
        "list() has to look at its signal",
      );
      await withEcho(setup, async (link) => {
        checkBytes(await link.transceive(echo(1)), ok(1), "nothing may be left open");
      });
    },
  },
  {
    id: "transport/echo/process-ends",
    tier: 1,
    title: "a program that has finished ends by itself",
    needs: ["echo", "child"],
    run: async ({ child }) => {
      check(child !== undefined, "setup() has to give child() for this case");
      for (const program of ["probe", "list", "exchange", "watch"] satisfies ChildProgram[]) {
        const outcome = await child(program);
        check(
          outcome === "ended",
          `no thread, timer or handle may keep a process alive after "${program}": it ${outcome}`,
        );
      }
    },
  },
];
