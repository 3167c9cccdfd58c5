import type { BindingReader } from "../binding/mod.ts";
import { type BindingDifferences, type FakePcsc, ServiceError } from "./fake_pcsc.ts";

/** A binding that breaks one promise, and the cases that have to notice. */
export interface BrokenBinding {
  readonly name: string;
  readonly noticedBy: readonly string[];
  readonly differences: (whole: FakePcsc) => BindingDifferences;
}

/** The monitor, with each list of readers replaced. */
function monitoring(
  whole: FakePcsc,
  replace: (readers: readonly BindingReader[]) => readonly BindingReader[] | undefined,
): BindingDifferences {
  return {
    monitor: ({ changed, failed }) =>
      whole.monitor({
        changed: (readers) => {
          const replaced = replace(readers);
          if (replaced) changed(replaced);
        },
        failed,
      }),
  };
}

/** Each breaks what somebody who writes a binding may well break. */
export const brokenBindings: readonly BrokenBinding[] = [
  {
    name: "registers its native types a second time",
    noticedBy: ["binding/load"],
    differences: () => {
      let loaded = false;
      return {
        load: () => {
          if (loaded) return Promise.reject(new Error("Duplicate type name"));
          loaded = true;
          return Promise.resolve();
        },
      };
    },
  },
  {
    name: "takes the bit for changed as the one for present",
    noticedBy: ["binding/readers"],
    differences: (whole) => ({
      readers: async () => (await whole.readers()).map((one) => ({ ...one, card: "present" })),
    }),
  },
  {
    name: "does not give answers to reset",
    noticedBy: ["binding/readers"],
    differences: (whole) => ({
      readers: async () => (await whole.readers()).map((one) => ({ ...one, atr: undefined })),
    }),
  },
  {
    name: "gives the room for an answer to reset where there is none",
    noticedBy: ["binding/readers"],
    differences: (whole) => ({
      readers: async () =>
        (await whole.readers()).map((one) => ({ ...one, atr: one.atr ?? new Uint8Array(33) })),
    }),
  },
  {
    name: "selects an application on its own when it connects",
    noticedBy: ["binding/nothing-extra"],
    differences: (whole) => ({
      connect: async (reader, options) => {
        const connection = await whole.connect(reader, options);
        await connection.transmit(Uint8Array.of(0, 0xa4, 4, 0));
        return connection;
      },
    }),
  },
  {
    name: "reads answers into 256 bytes",
    noticedBy: ["binding/long-answers"],
    differences: () => ({
      connection: ({ transmit }) => ({
        transmit: async (command) => (await transmit(command)).slice(0, 256),
      }),
    }),
  },
  {
    name: "writes commands into 256 bytes",
    noticedBy: ["binding/long-commands"],
    differences: () => ({
      connection: ({ transmit }) => ({ transmit: (command) => transmit(command.slice(0, 256)) }),
    }),
  },
  {
    name: "takes 4 bytes for too short",
    noticedBy: ["binding/long-commands"],
    differences: () => ({
      connection: ({ transmit }) => ({
        transmit: (command) =>
          command.length === 4 && command[1] === 0xec
            ? Promise.reject(new ServiceError(0x80100004))
            : transmit(command),
      }),
    }),
  },
  {
    name: "reads every answer into the same memory",
    noticedBy: ["binding/answers-kept"],
    differences: () => {
      const memory = new Uint8Array(258);
      return {
        connection: ({ transmit }) => ({
          transmit: async (command) => {
            const answer = await transmit(command);
            memory.set(answer);
            return memory.subarray(0, answer.length);
          },
        }),
      };
    },
  },
  {
    name: "connects shared, whatever it is told",
    noticedBy: ["binding/exclusive"],
    differences: (whole) => ({ connect: (reader) => whole.connect(reader, { share: "shared" }) }),
  },
  {
    name: "connects exclusively, whatever it is told",
    noticedBy: ["binding/shared", "binding/disposition"],
    differences: (whole) => ({
      connect: (reader) => whole.connect(reader, { share: "exclusive" }),
    }),
  },
  {
    name: "ends every connection to a card with the first of them",
    noticedBy: ["binding/shared", "binding/disposition"],
    differences: () => {
      let ended = false;
      return {
        connection: ({ transmit, disconnect }) => {
          ended = false;
          return {
            transmit: (command) =>
              ended ? Promise.reject(new ServiceError(0x80100003)) : transmit(command),
            disconnect: (disposition) => {
              ended = true;
              return disconnect(disposition);
            },
          };
        },
      };
    },
  },
  {
    name: "says in words what went wrong, without the number",
    noticedBy: ["binding/exclusive", "binding/no-card", "binding/removed"],
    differences: (whole) => {
      const inWords = (): never => {
        throw new Error("SCardConnect failed");
      };
      return {
        connect: (reader, options) => whole.connect(reader, options).catch(inWords),
        connection: ({ transmit }) => ({ transmit: (command) => transmit(command).catch(inWords) }),
      };
    },
  },
  {
    name: "gives numbers as signed ones",
    noticedBy: ["binding/exclusive", "binding/no-card"],
    differences: (whole) => ({
      connect: (reader, options) =>
        whole.connect(reader, options).catch(({ code }: ServiceError) => {
          throw new ServiceError(code | 0);
        }),
    }),
  },
  ...(["leave", "reset"] as const).map((always): BrokenBinding => ({
    name: `disconnects with ${always}, whatever it is told`,
    noticedBy: ["binding/disposition"],
    differences: () => ({
      connection: ({ disconnect }) => ({ disconnect: () => disconnect(always) }),
    }),
  })),
  {
    name: "leaks a context with each connection",
    noticedBy: ["binding/again"],
    differences: (whole) => {
      let contexts = 0;
      return {
        connect: (reader, options) =>
          ++contexts > 16
            ? Promise.reject(new ServiceError(0x80100006))
            : whole.connect(reader, options),
      };
    },
  },
  {
    name: "waits for a change before it tells the readers",
    noticedBy: ["binding/monitor", "binding/comes-and-goes", "binding/removed"],
    differences: (whole) => {
      let first: readonly BindingReader[] | undefined;
      return monitoring(whole, (readers) => {
        first ??= readers;
        return readers === first ? undefined : readers;
      });
    },
  },
  {
    name: "waits for a change before it stops",
    noticedBy: ["binding/monitor", "binding/comes-and-goes", "binding/removed"],
    differences: (whole) => ({
      monitor: async (listener) => {
        await whole.monitor(listener);
        return () => new Promise(() => undefined);
      },
    }),
  },
  {
    name: "tells the readers once",
    noticedBy: ["binding/comes-and-goes", "binding/removed"],
    differences: (whole) => {
      let told = false;
      return monitoring(whole, (readers) => {
        if (told) return undefined;
        told = true;
        return readers;
      });
    },
  },
  {
    name: "does not count insertions",
    noticedBy: ["binding/comes-and-goes"],
    differences: (whole) =>
      monitoring(whole, (readers) => readers.map((one) => ({ ...one, events: 0 }))),
  },
  {
    name: "connects again on its own when a card has gone",
    noticedBy: ["binding/removed"],
    differences: () => ({
      connection: ({ transmit }) => ({
        transmit: (command) => transmit(command).catch(() => Uint8Array.of(1, 0x90, 0x00)),
      }),
    }),
  },
];
