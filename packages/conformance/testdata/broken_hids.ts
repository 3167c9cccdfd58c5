import { LinkError } from "@otpsmith/core/errors";
import { systemTime } from "@otpsmith/core/time";
import { ECHO } from "../echo/echo_card.ts";
import { brokenTransports } from "./broken_transports.ts";
import type { HidBreakage, ReportKind } from "./hid_transport.ts";

/** A transport of reports that breaks one promise, and the cases that have to notice. */
export interface BrokenHid {
  readonly name: string;
  readonly noticedBy: readonly string[];
  /** The kinds that can be broken so; both where left out. */
  readonly kinds?: readonly ReportKind[];
  readonly breakage: HidBreakage;
}

/** What is broken beside the links is the same for links of all kinds. */
const besideLinks: readonly BrokenHid[] = brokenTransports.filter(({ breakage }) =>
  Object.keys(breakage).every((place) => place === "list" || place === "transport")
).map(({ name, noticedBy, breakage: { list, transport } }) => ({
  name,
  noticedBy,
  breakage: { ...list && { list }, ...transport && { transport } },
}));

/** One call at a time, of each sort; the others are refused. */
function refusing<A extends readonly unknown[], R>(
  call: (...args: A) => Promise<R>,
): (...args: A) => Promise<R> {
  let busy = false;
  return async (...args) => {
    if (busy) throw new LinkError("busy", "Cannot send: busy", { delivery: "not-sent" });
    busy = true;
    try {
      return await call(...args);
    } finally {
      busy = false;
    }
  };
}

/** Each breaks what somebody who writes a transport of reports may well break. */
export const brokenHids: readonly BrokenHid[] = [
  ...besideLinks,
  {
    name: "sends reports of any size",
    noticedBy: ["transport/echo/report-size"],
    breakage: {
      link: ({ write }) => ({
        write: (report, options) => {
          const fits = new Uint8Array(64);
          fits.set(report.subarray(0, 64));
          return write(fits, options);
        },
      }),
    },
  },
  {
    name: "does not fill short reports up",
    noticedBy: ["transport/echo/report-size"],
    breakage: {
      link: ({ write }, port) => ({
        write: (report, options) =>
          report.length === 6 ? port.write(report) : write(report, options),
      }),
    },
  },
  {
    name: "fills short reports up with what was there before",
    noticedBy: ["transport/echo/report-size"],
    breakage: {
      link: ({ write }) => {
        const memory = new Uint8Array(64);
        return {
          write: (report, options) => {
            if (report.length === 0 || report.length > 64) return write(report, options);
            memory.set(report);
            return write(memory, options);
          },
        };
      },
    },
  },
  {
    name: "gives reports with a byte too many",
    noticedBy: ["transport/echo/report-size"],
    breakage: {
      link: ({ read }) => ({
        read: async (options) => Uint8Array.of(...await read(options), 0),
      }),
    },
  },
  {
    name: "carries reports as text of 7 bits",
    noticedBy: ["transport/echo/bytes"],
    breakage: {
      port: ({ write }) => ({
        write: (report) => write(report.map((byte, at) => at < 5 ? byte : byte & 0x7f)),
      }),
    },
  },
  {
    name: "asks the device who it is when it opens",
    noticedBy: ["transport/echo/nothing-extra"],
    breakage: {
      opening: async (_, port) => {
        await port.write(Uint8Array.of(254, 0xa4));
        await port.read();
      },
    },
  },
  {
    name: "throws busy instead of queueing",
    noticedBy: ["transport/echo/order", "transport/echo/abort-queued"],
    breakage: {
      link: ({ write, read }) => ({ write: refusing(write), read: refusing(read) }),
    },
  },
  {
    name: "sends what comes last first",
    kinds: ["report"], // a feature report that is read too early still holds the last answer
    noticedBy: ["transport/echo/order"],
    breakage: {
      link: ({ write }) => {
        const waiting: (() => void)[] = [];
        return {
          write: async (report, options) => {
            const own = report.slice();
            if (!options?.signal && own[1] === ECHO.echo && own.length === 64) {
              await new Promise<void>((resolve) => {
                waiting.push(resolve);
                setTimeout(() => waiting.pop()?.());
              });
            }
            return await write(own, options);
          },
        };
      },
    },
  },
  {
    name: "takes a report without data for a failure",
    noticedBy: ["transport/echo/empty-answer", "transport/echo/never-answers"],
    breakage: {
      link: ({ read }) => ({
        read: async (options) => {
          const report = await read(options);
          if (report[0] === 0 || report[3] !== 0) return report;
          throw new LinkError("lost", "Cannot read: no data", { delivery: "unknown" });
        },
      }),
    },
  },
  {
    name: "sends the caller's array a little later",
    noticedBy: ["transport/echo/callers-reports"],
    breakage: {
      link: ({ write }) => ({
        write: async (report, options) => {
          if (report.length === 8) await Promise.resolve();
          return await write(report, options);
        },
      }),
    },
  },
  {
    name: "wipes the caller's array",
    noticedBy: ["transport/echo/callers-reports"],
    breakage: {
      link: ({ write }) => ({
        write: (report, options) => write(report, options).finally(() => report.fill(0)),
      }),
    },
  },
  {
    name: "reads every report into the same memory",
    noticedBy: ["transport/echo/callers-reports"],
    breakage: {
      link: ({ read }) => {
        const memory = new Uint8Array(64);
        return {
          read: async (options) => {
            memory.set(await read(options));
            return memory;
          },
        };
      },
    },
  },
  {
    name: "opens a device twice",
    noticedBy: ["transport/echo/exclusive"],
    breakage: { opening: (state) => void (state.open = false) },
  },
  {
    name: "does not look at the signal at all",
    noticedBy: [
      "transport/echo/abort-before",
      "transport/echo/abort-queued",
      "transport/echo/abort-in-flight",
    ],
    breakage: {
      link: ({ write, read }) => ({
        write: (report, { timeoutMs } = {}) => write(report, { timeoutMs }),
        read: ({ timeoutMs } = {}) => read({ timeoutMs }),
      }),
    },
  },
  {
    name: "rejects a call under way as if nothing had been sent",
    noticedBy: ["transport/echo/abort-in-flight"],
    breakage: {
      link: ({ read }) => ({
        read: (options) =>
          read(options).catch((error: LinkError) => {
            if (error.reason !== "aborted") throw error;
            throw new LinkError("aborted", error.message, { delivery: "not-sent" });
          }),
      }),
    },
  },
  {
    name: "has no time limit",
    noticedBy: ["transport/echo/timeout", "transport/echo/never-answers"],
    breakage: {
      link: ({ write, read }) => ({
        write: (report, { signal } = {}) => write(report, { signal }),
        read: ({ signal } = {}) => read({ signal }),
      }),
    },
  },
  {
    name: "works on after it was closed",
    noticedBy: ["transport/echo/after-dispose"],
    breakage: {
      link: ({ closed, write, read }, port) => {
        const disposed = () => closed.aborted && (closed.reason as LinkError).reason === "lost";
        return {
          write: (report, options) => disposed() ? port.write(report) : write(report, options),
          read: (options) =>
            disposed() ? systemTime.sleep(1).then(() => Uint8Array.of(0)) : read(options),
        };
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
    breakage: { port: () => ({ release: () => Promise.resolve() }) },
  },
];
