import { LinkError } from "@otpsmith/core/errors";
import { ECHO } from "../echo/echo_card.ts";
import { brokenGivingUp, type BrokenTransport, withTransceive } from "./broken_giving_up.ts";

/** Each breaks what somebody who writes a transport may well break. */
export const brokenTransports: readonly BrokenTransport[] = [
  {
    name: "has a sentence for a name",
    noticedBy: ["transport/shape/name", "transport/shape/endpoints"],
    breakage: { transport: (whole) => ({ ...whole, name: "My Reader", list: whole.list }) },
  },
  {
    name: "throws instead of naming the obstacle",
    noticedBy: ["transport/shape/probe"],
    breakage: {
      transport: (whole) => ({ ...whole, probe: () => Promise.reject(new Error("no daemon")) }),
    },
  },
  {
    name: "names an obstacle without a fix",
    noticedBy: ["transport/shape/probe"],
    breakage: {
      transport: (whole) => ({
        ...whole,
        probe: () =>
          Promise.resolve({ usable: false, code: "failed", message: "It is broken", fix: "" }),
      }),
    },
  },
  {
    name: "numbers its endpoints anew in each list",
    noticedBy: ["transport/shape/list-stable", "transport/shape/watch-first"],
    breakage: {
      list: (all, { lists }) => all.map((one, index) => ({ ...one, id: `${lists}:${index}` })),
    },
  },
  {
    name: "gives equal readers equal ids",
    noticedBy: ["transport/shape/endpoints", "transport/shape/watch-first"],
    breakage: { list: (all) => [...all, ...all.slice(1)] },
  },
  {
    name: "leaves labels empty",
    noticedBy: ["transport/shape/endpoints", "transport/echo/absent", "transport/echo/refuses"],
    breakage: { list: ([echo, empty]) => [echo!, { ...empty!, label: " " }] },
  },
  {
    name: "asks each token who it is while listing",
    noticedBy: ["transport/shape/list-opens-nothing", "transport/echo/nothing-extra"],
    breakage: {
      list: (all, { card }) => {
        void card.process(Uint8Array.of(0, 0xa4, 4, 0));
        return all;
      },
    },
  },
  {
    name: "waits for a change before the first snapshot and ends with an error",
    noticedBy: ["transport/shape/watch-first"],
    breakage: {
      transport: (whole) => ({
        ...whole,
        watch: async function* ({ signal } = {}) {
          yield await whole.list();
          await new Promise((_, reject) => signal?.addEventListener("abort", reject));
        },
      }),
    },
  },
  {
    name: "cannot be disposed of twice",
    noticedBy: ["transport/shape/dispose-twice"],
    breakage: {
      transport: (whole) => {
        let open = true;
        return {
          ...whole,
          [Symbol.asyncDispose]: () => {
            if (!open) return Promise.reject(new Error("closed already"));
            open = false;
            return Promise.resolve();
          },
        };
      },
    },
  },
  {
    name: "carries commands as text of 7 bits",
    noticedBy: ["transport/echo/bytes", "transport/echo/longest-command"],
    breakage: {
      backend: (whole) => ({
        ...whole,
        // The instruction bytes of an echo card have the eighth bit set, so only data is cut.
        exchange: (command) => whole.exchange(command.map((b, i) => i < 5 ? b : b & 0x7f)),
      }),
    },
  },
  {
    name: "drops the last byte of long commands",
    noticedBy: ["transport/echo/longest-command"],
    breakage: {
      backend: (whole) => ({
        ...whole,
        exchange: (command) =>
          whole.exchange(command.length < 200 ? command : command.subarray(0, -2)),
      }),
    },
  },
  {
    name: "selects an application on its own when it opens",
    noticedBy: ["transport/echo/nothing-extra"],
    breakage: {
      open: async (open) => {
        const link = await open();
        await link.transceive(Uint8Array.of(0, 0xa4, 4, 0));
        return link;
      },
    },
  },
  {
    name: "throws busy instead of queueing",
    noticedBy: [
      "transport/echo/order",
      "transport/echo/abort-queued",
      "transport/echo/callers-bytes",
    ],
    breakage: {
      link: (link) => {
        let busy = false;
        return withTransceive(link, async (command, options) => {
          if (busy) throw new LinkError("busy", "Cannot send: busy", { delivery: "not-sent" });
          busy = true;
          try {
            return await link.transceive(command, options);
          } finally {
            busy = false;
          }
        });
      },
    },
  },
  {
    name: "sends what comes last first",
    noticedBy: ["transport/echo/order"],
    breakage: {
      link: (link) => {
        const waiting: (() => void)[] = [];
        return withTransceive(link, async (command, options) => {
          const own = command.slice();
          if (!options?.signal && own[1] === ECHO.echo) {
            await new Promise<void>((resolve) => {
              waiting.push(resolve);
              setTimeout(() => waiting.pop()?.());
            });
          }
          return await link.transceive(own, options);
        });
      },
    },
  },
  ...brokenGivingUp,
  {
    name: "takes 255 bytes where 261 are allowed",
    noticedBy: ["transport/echo/longest-command"],
    breakage: {
      backend: (whole) => ({ ...whole, limits: { command: 255, response: 258 } }),
    },
  },
  {
    name: "sends commands of any length",
    noticedBy: ["transport/echo/too-short", "transport/echo/too-long"],
    breakage: {
      link: (link, { exchange }) =>
        withTransceive(
          link,
          (command, options) =>
            command.length < 4 || command.length > 261
              ? exchange(command)
              : link.transceive(command, options),
        ),
    },
  },
  {
    name: "takes a status word without data for a failure",
    noticedBy: ["transport/echo/empty-answer"],
    breakage: {
      link: (link) =>
        withTransceive(link, async (command, options) => {
          const answer = await link.transceive(command, options);
          if (answer.length > 2) return answer;
          throw new LinkError("lost", "Cannot send: no data", { delivery: "unknown" });
        }),
    },
  },
  {
    name: "reads answers into 256 bytes",
    noticedBy: ["transport/echo/longest-answer"],
    breakage: {
      backend: (whole) => ({
        ...whole,
        exchange: async (command) => (await whole.exchange(command)).slice(0, 256),
      }),
    },
  },
  {
    name: "reads every answer into the same memory",
    noticedBy: ["transport/echo/callers-bytes"],
    breakage: {
      link: (link) => {
        const memory = new Uint8Array(258);
        return withTransceive(link, async (command, options) => {
          const answer = await link.transceive(command, options);
          memory.set(answer);
          return memory.subarray(0, answer.length);
        });
      },
    },
  },
  {
    name: "wipes the caller's array",
    noticedBy: ["transport/echo/callers-bytes"],
    breakage: {
      link: (link) =>
        withTransceive(
          link,
          (command, options) => link.transceive(command, options).finally(() => command.fill(0)),
        ),
    },
  },
  {
    name: "opens a token twice",
    noticedBy: ["transport/echo/exclusive"],
    breakage: {
      open: (open, state) => {
        state.open = false;
        return open();
      },
    },
  },
  {
    name: "is still taken after it was closed",
    noticedBy: [
      "transport/echo/nothing-extra",
      "transport/echo/abort-in-flight",
      "transport/echo/timeout",
      "transport/echo/never-answers",
      "transport/echo/dispose-in-flight",
      "transport/echo/exclusive",
    ],
    breakage: { backend: (whole) => ({ ...whole, release: () => Promise.resolve() }) },
  },
  {
    name: "has its missing card refused by a driver's own error",
    noticedBy: ["transport/echo/absent", "transport/echo/refuses"],
    breakage: {
      list: ([echo, empty]) => [
        echo!,
        { ...empty!, open: () => Promise.reject(new Error("0x8010000C")) },
      ],
    },
  },
  {
    name: "does not say what to do about a missing card",
    noticedBy: ["transport/echo/absent", "transport/echo/refuses"],
    breakage: {
      list: ([echo, empty]) => [echo!, {
        ...empty!,
        open: () =>
          Promise.reject(new LinkError("absent", "Cannot open: no card", { delivery: "not-sent" })),
      }],
    },
  },
  {
    name: "does not look at the signal of open() and list()",
    noticedBy: ["transport/echo/open-aborted"],
    breakage: {
      list: ([echo, ...others]) => [{ ...echo!, open: () => echo!.open() }, ...others],
      transport: (whole) => ({ ...whole, list: () => whole.list() }),
    },
  },
  {
    name: "waits for a silent card for ever",
    noticedBy: ["transport/echo/never-answers"],
    breakage: {
      backend: (whole, card) => ({
        ...whole,
        exchange: (command) => card.process(command.slice()),
      }),
    },
  },
  {
    name: "resets the card when a call is given up",
    noticedBy: ["transport/echo/abort-in-flight"],
    breakage: {
      open: async (open, { card }) => {
        const link = await open();
        link.closed.addEventListener("abort", () => {
          if ((link.closed.reason as LinkError).reason === "aborted") card.power("reset");
        });
        return link;
      },
    },
  },
];
