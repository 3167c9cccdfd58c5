import type { ConformanceCase } from "../case.ts";
import { broken, check, checkBytes, within } from "../_check.ts";
import { ECHO, measurement } from "../echo/echo_card.ts";

/** What a PC/SC binding says about a reader; the seam of `@otpsmith/transport-pcsc` has this shape. */
export interface BindingReader {
  /** Name of the reader. */
  readonly name: string;
  /** Whether a card is there. */
  readonly card: "present" | "absent" | "mute";
  /** Answer to reset of the card. */
  readonly atr: Uint8Array | undefined;
  /** Insertions and removals, counted by the service. */
  readonly events: number;
}

/** A PC/SC binding as the cases use it. Errors carry the service's number as `code`. */
export interface BindingUnderTest {
  /** Loads the native code. */
  load(): Promise<void>;
  /** All readers now. */
  readers(): Promise<readonly BindingReader[]>;
  /** Tells of changes until the returned function is called. */
  monitor(listener: {
    changed(readers: readonly BindingReader[]): void;
    failed(error: unknown): void;
  }): Promise<() => Promise<void>>;
  /** Connects to the card in a reader. */
  connect(reader: string, options: { readonly share: "exclusive" | "shared" }): Promise<{
    transmit(command: Uint8Array): Promise<Uint8Array>;
    disconnect(disposition: "leave" | "reset" | "unpower"): Promise<void>;
  }>;
}

/** What the host of binding cases prepares. */
export interface BindingSetup {
  /** The binding to try. */
  readonly binding: BindingUnderTest;
  /** Name of the reader on which an {@linkcode EchoCard} lies. */
  readonly echo: string;
  /** Name of a reader without a card. */
  readonly absent: string;
  /** Takes the echo card off its reader, or puts it back. For the need `plug`. */
  readonly plug?: ((present: boolean) => Promise<void>) | undefined;
  /** Takes away what was prepared. */
  dispose?(): Promise<void>;
}

const PATIENCE_MS = 5_000;
const ECHO_1 = Uint8Array.of(0, ECHO.echo, 0, 0, 1, 1);
const ANSWER_1 = Uint8Array.of(1, 0x90, 0x00);
const COUNT = Uint8Array.of(0, ECHO.count, 0, 0);
const RECALL = Uint8Array.of(0, ECHO.recall, 0, 0);
const REMEMBER = Uint8Array.of(0, ECHO.remember, 0, 0, 2, 0xca, 0xfe);

async function checkCode(
  promise: Promise<unknown>,
  codes: readonly number[],
  whatToChange: string,
): Promise<void> {
  const wanted = codes.map((code) => `0x${code.toString(16)}`).join(" or ");
  const error = await promise.then(
    () => broken(`${whatToChange}: ${wanted} is expected, but the call succeeded`),
    (thrown: unknown) => thrown,
  );
  const { code } = error as { code?: unknown };
  check(codes.includes(code as number), `${whatToChange}: ${wanted} is expected, not ${error}`);
}

async function withCard<T>(
  { binding, echo }: BindingSetup,
  use: (transmit: (command: Uint8Array) => Promise<Uint8Array>) => Promise<T>,
  disposition: "leave" | "reset" | "unpower" = "leave",
): Promise<T> {
  const card = await binding.connect(echo, { share: "exclusive" });
  try {
    return await use((command) => card.transmit(command));
  } finally {
    await card.disconnect(disposition);
  }
}

/** Runs a monitor for the time of one function, which waits for readers that look as it wants. */
async function withMonitor(
  { binding }: BindingSetup,
  use: (until: (seen: (readers: readonly BindingReader[]) => boolean) => Promise<void>) => Promise<
    void
  >,
): Promise<void> {
  let last: readonly BindingReader[] = [];
  let look: () => void = () => {};
  let failure: unknown;
  const stop = await binding.monitor({
    changed: (readers) => {
      last = readers;
      look();
    },
    failed: (error) => {
      failure = error;
      look();
    },
  });
  const until = (seen: (readers: readonly BindingReader[]) => boolean): Promise<void> =>
    within(
      PATIENCE_MS,
      new Promise<void>((resolve, reject) => {
        look = () => {
          if (failure) return reject(failure);
          if (!seen(last)) return;
          look = () => {}; // what comes next is for whoever waits next
          resolve();
        };
        look();
      }),
      "a monitor has to report each change of a reader or a card",
    );
  try {
    await use(until);
  } finally {
    await within(PATIENCE_MS, stop(), "stopping a monitor has to come to an end");
  }
}

/** What a PC/SC binding promises to the transport above it. */
export const bindingCases: readonly ConformanceCase<BindingSetup>[] = [
  {
    id: "binding/load",
    tier: 0,
    title: "loading twice is fine",
    needs: [],
    run: async ({ binding }) => {
      await binding.load();
      await binding.load();
    },
  },
  {
    id: "binding/readers",
    tier: 1,
    title: "readers() gives each reader with its card's answer to reset, and opens nothing",
    needs: [],
    run: async ({ binding, echo, absent }) => {
      const readers = await binding.readers();
      const present = readers.find(({ name }) => name === echo);
      check(present?.card === "present", `readers() has to show a card in "${echo}"`);
      check(present.atr?.[0] === 0x3b, "a card's answer to reset has to be given");
      const empty = readers.find(({ name }) => name === absent);
      check(empty?.card === "absent", `readers() has to show "${absent}" without a card`);
      check(empty.atr === undefined, "a reader without a card must not have an answer to reset");
    },
  },
  {
    id: "binding/nothing-extra",
    tier: 1,
    title: "connecting sends nothing, each transmit one command",
    needs: [],
    run: async (setup) => {
      const seen = (answer: Uint8Array): number =>
        new DataView(answer.buffer, answer.byteOffset).getUint32(0);
      const before = seen(await withCard(setup, (transmit) => transmit(COUNT)));
      const after = seen(await withCard(setup, (transmit) => transmit(COUNT)));
      check(after === before + 1, "no command may be sent that nobody asked for");
    },
  },
  {
    id: "binding/long-answers",
    tier: 1,
    title: "answers of 2 to 258 bytes come whole",
    needs: ["longest-answer"],
    run: (setup) =>
      withCard(setup, async (transmit) => {
        for (const length of [0, 1, 253, 254, 255, 256]) {
          const answer = await transmit(
            Uint8Array.of(0, ECHO.fill, length >> 8, length & 0xff, 0),
          );
          check(answer.length === length + 2, `an answer of ${length + 2} bytes has to come whole`);
        }
      }),
  },
  {
    id: "binding/long-commands",
    tier: 1,
    title: "commands of 4 to 261 bytes arrive whole",
    needs: [],
    run: (setup) =>
      withCard(setup, async (transmit) => {
        const header = [0, ECHO.measure, 0, 0];
        for (const length of [1, 127, 128, 254, 255]) {
          const data = Uint8Array.from({ length }, (_, index) => 255 - index);
          const expected = Uint8Array.of(...measurement(data), 0x90, 0x00);
          for (const le of [[], [0]]) {
            const answer = await transmit(Uint8Array.of(...header, length, ...data, ...le));
            checkBytes(
              answer,
              expected,
              `a command with ${length} bytes of data must arrive whole`,
            );
          }
        }
        const bare = Uint8Array.of(0, 0, 0, 0, 0x90, 0x00);
        checkBytes(await transmit(Uint8Array.from(header)), bare, "4 bytes are a command");
      }),
  },
  {
    id: "binding/answers-kept",
    tier: 1,
    title: "an answer is the caller's: the next exchange does not overwrite it",
    needs: [],
    run: (setup) =>
      withCard(setup, async (transmit) => {
        const first = await transmit(ECHO_1);
        await transmit(Uint8Array.of(0, ECHO.echo, 0, 0, 3, 7, 7, 7));
        checkBytes(first, ANSWER_1, "each answer needs memory of its own");
      }),
  },
  {
    id: "binding/exclusive",
    tier: 1,
    title: "a card that is held exclusively cannot be connected again, in either way",
    needs: [],
    run: (setup) =>
      withCard(setup, async (transmit) => {
        for (const share of ["exclusive", "shared"] as const) {
          const second = setup.binding.connect(setup.echo, { share });
          await checkCode(second, [0x8010000b], `connecting ${share} to a card that is taken`);
        }
        checkBytes(await transmit(ECHO_1), ANSWER_1, "the first connection has to stay usable");
      }),
  },
  {
    id: "binding/shared",
    tier: 1,
    title: "two shared connections to one card work side by side",
    needs: [],
    run: async ({ binding, echo }) => {
      const first = await binding.connect(echo, { share: "shared" });
      const second = await binding.connect(echo, { share: "shared" });
      checkBytes(await first.transmit(ECHO_1), ANSWER_1, "the first has to work");
      checkBytes(await second.transmit(ECHO_1), ANSWER_1, "the second has to work");
      await first.disconnect("leave");
      checkBytes(await second.transmit(ECHO_1), ANSWER_1, "one must not end the other");
      await second.disconnect("leave");
    },
  },
  {
    id: "binding/no-card",
    tier: 1,
    title: "connecting without a card, or to no reader at all, gives the service's numbers",
    needs: [],
    run: async ({ binding, absent }) => {
      const share = "exclusive";
      await checkCode(binding.connect(absent, { share }), [0x8010000c], "an empty reader");
      const nobody = binding.connect("No such reader 00 00", { share });
      await checkCode(nobody, [0x80100009], "a reader that is not there");
    },
  },
  {
    id: "binding/disposition",
    tier: 1,
    title: "a card keeps its memory if it is left, and loses it with reset or power",
    needs: ["power"],
    run: async (setup) => {
      const nothing = Uint8Array.of(0x90, 0x00);
      // Beside another connection: a card that nobody is connected to may lose its power at any time.
      const { binding, echo } = setup;
      const keeper = await binding.connect(echo, { share: "shared" });
      const other = await binding.connect(echo, { share: "shared" });
      await other.transmit(REMEMBER);
      await other.disconnect("leave");
      checkBytes(
        await keeper.transmit(RECALL),
        Uint8Array.of(0xca, 0xfe, 0x90, 0x00),
        "disconnecting with leave must not reset the card",
      );
      await keeper.disconnect("leave");
      for (const disposition of ["reset", "unpower"] as const) {
        await withCard(setup, (transmit) => transmit(REMEMBER), disposition);
        checkBytes(
          await withCard(setup, (transmit) => transmit(RECALL)),
          nothing,
          `disconnecting with ${disposition} has to clear what the card was told`,
        );
      }
    },
  },
  {
    id: "binding/again",
    tier: 1,
    title: "connections can be made and ended many times",
    needs: [],
    run: async (setup) => {
      for (let times = 0; times < 30; times++) {
        checkBytes(
          await withCard(setup, (transmit) => transmit(ECHO_1)),
          ANSWER_1,
          "each connection has to work like the first",
        );
      }
    },
  },
  {
    id: "binding/monitor",
    tier: 1,
    title: "a monitor tells all readers at once, and ends whenever it is stopped",
    needs: [],
    run: async (setup) => {
      await withMonitor(
        setup,
        (until) =>
          until((readers) =>
            readers.some(({ name, card }) => name === setup.echo && card === "present") &&
            readers.some(({ name, card }) => name === setup.absent && card === "absent")
          ),
      );
      for (let times = 0; times < 10; times++) await withMonitor(setup, () => Promise.resolve());
    },
  },
  {
    id: "binding/comes-and-goes",
    tier: 1,
    title: "a monitor sees a card go and come, and counts it",
    needs: ["plug"],
    run: (setup) =>
      withMonitor(setup, async (until) => {
        let events = 0;
        const is = (card: string) => (readers: readonly BindingReader[]): boolean => {
          const reader = readers.find(({ name }) => name === setup.echo);
          const seen = reader?.card === card && reader.events !== events;
          if (seen) events = reader.events;
          return seen;
        };
        await until((readers) => {
          events = readers.find(({ name }) => name === setup.echo)?.events ?? -1;
          return events >= 0;
        });
        await setup.plug!(false);
        await until(is("absent"));
        await setup.plug!(true);
        await until(is("present"));
      }),
  },
  {
    id: "binding/removed",
    tier: 1,
    title: "a card that was taken off ends its connection, and can be connected when it is back",
    needs: ["plug"],
    run: (setup) =>
      withMonitor(setup, async (until) => {
        const is = (card: string) => (readers: readonly BindingReader[]): boolean =>
          readers.some((reader) => reader.name === setup.echo && reader.card === card);
        await until(is("present"));
        await withCard(setup, async (transmit) => {
          await transmit(ECHO_1);
          await setup.plug!(false);
          await until(is("absent"));
          await checkCode(
            transmit(ECHO_1),
            [0x80100069, 0x80100016, 0x80100068],
            "a card that is gone",
          );
          await setup.plug!(true);
          await until(is("present"));
        });
        checkBytes(
          await withCard(setup, (transmit) => transmit(ECHO_1)),
          ANSWER_1,
          "a card that came back has to be usable",
        );
      }),
  },
];
