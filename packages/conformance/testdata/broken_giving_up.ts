import { LinkError } from "@otpsmith/core/errors";
import type { ApduLink } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import type { Breakage } from "./echo_transport.ts";

/** A transport that breaks one promise, and the cases that have to notice. */
export interface BrokenTransport {
  readonly name: string;
  readonly noticedBy: readonly string[];
  readonly breakage: Breakage;
}

/** The link with its transceive replaced. */
export function withTransceive(
  link: ApduLink,
  transceive: ApduLink["transceive"],
  closed: AbortSignal = link.closed,
): ApduLink {
  return {
    kind: link.kind,
    medium: link.medium,
    limits: link.limits,
    closed,
    transceive,
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}

/** Each breaks what is promised of calls and links that are given up. */
export const brokenGivingUp: readonly BrokenTransport[] = [
  {
    name: "does not look at the signal at all",
    noticedBy: [
      "transport/echo/abort-before",
      "transport/echo/abort-queued",
      "transport/echo/abort-in-flight",
    ],
    breakage: {
      link: (link) =>
        withTransceive(
          link,
          (command, { timeoutMs } = {}) => link.transceive(command, { timeoutMs }),
        ),
    },
  },
  {
    name: "rejects a call under way as if nothing had been sent",
    noticedBy: ["transport/echo/abort-in-flight"],
    breakage: {
      link: (link) =>
        withTransceive(
          link,
          (command, options) =>
            link.transceive(command, options).catch((error) => {
              if (!(error instanceof LinkError) || error.reason !== "aborted") throw error;
              throw new LinkError("aborted", error.message, { delivery: "not-sent" });
            }),
        ),
    },
  },
  {
    name: "rejects a call that was given up when its answer has come",
    noticedBy: ["transport/echo/abort-in-flight"],
    breakage: {
      link: (link) =>
        withTransceive(link, (command, options) => {
          const [, , high = 0, low = 0] = command;
          return link.transceive(command, options).catch(async (error: LinkError) => {
            const { reason, delivery } = error;
            const underWay = reason === "aborted" && delivery === "unknown";
            if (underWay) await systemTime.sleep(high * 256 + low);
            throw error;
          });
        }),
    },
  },
  {
    name: "gives up a call under way and lets the link be used on",
    noticedBy: [
      "transport/echo/abort-in-flight",
      "transport/echo/timeout",
      "transport/echo/after-dispose",
    ],
    breakage: {
      link: (link) =>
        withTransceive(link, link.transceive.bind(link), new AbortController().signal),
    },
  },
  {
    name: "has no time limit",
    noticedBy: ["transport/echo/timeout", "transport/echo/never-answers"],
    breakage: {
      link: (link) =>
        withTransceive(link, (command, { signal } = {}) => link.transceive(command, { signal })),
    },
  },
  {
    name: "works on after it was closed",
    noticedBy: ["transport/echo/after-dispose"],
    breakage: {
      link: (link, { exchange }) =>
        withTransceive(
          link,
          (command, options) =>
            link.closed.aborted && (link.closed.reason as LinkError).reason === "lost"
              ? exchange(command)
              : link.transceive(command, options),
        ),
    },
  },
  {
    name: "gives the token back before it is free",
    noticedBy: ["transport/echo/dispose-in-flight", "transport/echo/abort-in-flight"],
    breakage: {
      link: (link) => ({
        ...withTransceive(link, link.transceive.bind(link)),
        [Symbol.asyncDispose]: () => {
          void link[Symbol.asyncDispose]();
          return Promise.resolve();
        },
      }),
    },
  },
];
