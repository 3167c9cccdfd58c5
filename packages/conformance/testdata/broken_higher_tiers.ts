import { LinkError } from "@otpsmith/core/errors";
import type { Endpoint } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import type { MemoryTransport } from "@otpsmith/simulator";
import type { TransportSetup } from "../transport/setup.ts";
import { memorySetup } from "./memory_setup.ts";
import { type Differences, overTransport } from "./over_transport.ts";

/** Something that breaks a promise of tiers 2 to 4, and the cases that have to notice. */
export interface BrokenSetup {
  readonly name: string;
  readonly noticedBy: readonly string[];
  readonly setup: () => Promise<TransportSetup>;
}

function broken(
  name: string,
  noticedBy: readonly string[],
  differences: (whole: MemoryTransport) => Differences,
): BrokenSetup {
  const breaks = (whole: MemoryTransport) => overTransport(whole, differences(whole));
  return { name, noticedBy, setup: () => memorySetup(breaks) };
}

/** The same error with something else about it. */
function otherwise(error: unknown, options: { delivery?: "not-sent"; next?: undefined }): unknown {
  if (!(error instanceof LinkError)) return error;
  const { reason, message, delivery, next } = error;
  return new LinkError(reason, message, { delivery, next, ...options });
}

const never = new Promise<never>(() => undefined);

/** Each breaks what somebody who writes a transport may well break. */
export const brokenSetups: readonly BrokenSetup[] = [
  broken("never takes anything off its list", ["transport/hotplug/list"], () => {
    const seen = new Map<string, Endpoint<"apdu">>();
    return {
      endpoints: (all) => {
        for (const one of all) seen.set(one.label, one);
        return [...seen.values()];
      },
    };
  }),
  broken(
    "numbers its endpoints by their place in the list",
    ["transport/hotplug/list", "transport/hotplug/twin-stays"],
    () => ({ endpoints: (all) => all.map((one, index) => ({ ...one, id: `memory:${index}` })) }),
  ),
  broken("watches for one snapshot", ["transport/hotplug/watch"], (whole) => ({
    watch: async function* ({ signal } = {}) {
      yield await whole.list();
      await new Promise((resolve) => signal?.addEventListener("abort", resolve));
    },
  })),
  broken("queues every snapshot of a watch", ["transport/hotplug/newest"], (whole) => ({
    watch: (options) => {
      const queue: (readonly Endpoint[])[] = [];
      let ring = (): void => undefined;
      void (async () => {
        for await (const all of whole.watch(options)) {
          queue.push(all);
          ring();
        }
      })();
      return {
        [Symbol.asyncIterator]: () => ({
          next: async () => {
            while (queue.length === 0) await new Promise<void>((resolve) => ring = resolve);
            return { value: queue.shift()!, done: false };
          },
          return: () => Promise.resolve({ value: undefined, done: true }),
        }),
      };
    },
  })),
  broken(
    "notices at the next call that something has gone",
    ["transport/hotplug/plug-idle", "transport/hotplug/card-idle"],
    () => ({ link: () => ({ closed: new AbortController().signal }) }),
  ),
  broken(
    "waits for the answer of what has gone",
    ["transport/hotplug/plug-in-flight", "transport/hotplug/card-in-flight"],
    () => ({
      link: (link) => ({
        transceive: (command, options) =>
          link.transceive(command, options).catch((error) =>
            error.reason === "lost" ? never : Promise.reject(error)
          ),
      }),
    }),
  ),
  broken(
    "swallows where the bytes were when something goes",
    ["transport/hotplug/plug-in-flight", "transport/hotplug/card-in-flight"],
    () => ({
      link: (link) => ({
        transceive: (command, options) =>
          link.transceive(command, options).catch((error) => {
            throw otherwise(error, { delivery: "not-sent" });
          }),
      }),
    }),
  ),
  broken(
    "waits in open() until the device is back",
    ["transport/hotplug/plug-gone", "transport/hotplug/card-gone"],
    (whole) => ({
      open: async ({ label }, { options }) => {
        for (;;) {
          const found = (await whole.list()).find((one) => one.label === label);
          if (found?.facts.card === "present") return await found.open(options);
          await systemTime.sleep(10);
        }
      },
    }),
  ),
  broken(
    "does not say what to do when the device has gone",
    ["transport/hotplug/plug-gone", "transport/hotplug/card-gone"],
    () => ({
      open: (endpoint, { options }) =>
        endpoint.open(options).catch((error) => {
          throw otherwise(error, { next: undefined });
        }),
    }),
  ),
  broken("makes a card its endpoint", ["transport/hotplug/card-list"], () => ({
    endpoints: (all) => all.map((one) => ({ ...one, id: `${one.id} ${one.facts.card}` })),
  })),
  broken("gives the answers of the last card to the next", ["transport/hotplug/twins"], () => {
    let last: Uint8Array | undefined;
    return {
      link: (link) => ({
        transceive: async (command, options) => {
          const answer = await link.transceive(command, options);
          if (command[1] === 0xea) return last ??= answer;
          return answer;
        },
      }),
    };
  }),
  broken(
    "merges two equal readers",
    ["transport/hotplug/twins", "transport/burn/twin"],
    () => ({
      open: (endpoint, { options, all }) => {
        const first: Readonly<Record<string, string>> = { "Twin": "Echo", "Desk too": "Desk" };
        const label = first[endpoint.label] ?? endpoint.label;
        const share = label.startsWith("Desk") ? options?.share : "shared";
        return all.find((one) => one.label === label)!.open({ ...options, share });
      },
    }),
  ),
  broken("ends all its links when one device goes", ["transport/hotplug/twin-stays"], (whole) => ({
    link: (link) => {
      const ended = new AbortController();
      void (async () => {
        const before = (await whole.list()).length;
        for await (const all of whole.watch({ signal: link.closed })) {
          if (all.length >= before) continue;
          ended.abort(new LinkError("lost", "Cannot send", { delivery: "not-sent" }));
          break;
        }
      })();
      return { closed: AbortSignal.any([link.closed, ended.signal]) };
    },
  })),
  broken("opens another reader at each second try", ["transport/hardware/serial"], () => {
    let opened = 0;
    return {
      open: (endpoint, { options, all }) => {
        const other = endpoint.label === "Desk" && opened++ % 2 === 1;
        return (other ? all.find(({ label }) => label === "Desk too")! : endpoint).open(options);
      },
    };
  }),
  broken("changes a bit in some answers", ["transport/hardware/clock"], () => {
    let answers = 0;
    return {
      link: (link) => ({
        transceive: async (command, options) => {
          const answer = await link.transceive(command, options);
          if (answer.length === 26 && ++answers % 2 === 0) answer[22]! ^= 0x01;
          return answer;
        },
      }),
    };
  }),
  {
    name: "recognises tokens by authenticating",
    noticedBy: ["transport/hardware/only-reads"],
    setup: async () => {
      const driver = token2Single();
      const whole = await memorySetup();
      const identify: typeof driver.identify = async (session, context) => {
        const found = await driver.identify(session, context);
        if (found.identity) await found.access?.authenticate();
        return found;
      };
      return { ...whole, token: { endpoint: "Desk", drivers: [{ ...driver, identify }] } };
    },
  },
  broken("says yes to long commands and loses them", ["transport/burn/proof"], () => ({
    link: (link) => ({
      transceive: (command, options) =>
        command.length > 30 && command[0] === 0x84
          ? Promise.resolve(Uint8Array.of(0x90, 0x00))
          : link.transceive(command, options),
    }),
  })),
  broken("cannot send long commands", ["transport/burn/whole"], () => ({
    link: (link) => ({
      transceive: (command, options) =>
        command.length > 30 && command[0] === 0x84
          ? Promise.resolve(Uint8Array.of(0x67, 0x00))
          : link.transceive(command, options),
    }),
  })),
];
