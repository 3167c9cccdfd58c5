import { LinkError } from "@otpsmith/core/errors";
import type { TimeSource } from "@otpsmith/core/time";
import { overrideCard } from "./_override_card.ts";
import type { VirtualCard } from "./card.ts";

/** Which exchange a fault strikes. It strikes once. */
export interface FaultTrigger {
  /** Number of the exchange, counted from 1 since the token was made; left out, the next that matches. */
  readonly at?: number | undefined;
  /** Strikes only a command that this says `true` to. */
  readonly when?: ((command: Uint8Array) => boolean) | undefined;
}

/**
 * Something that goes wrong.
 *
 * - `lose-before`: the token leaves the field before it has the command.
 * - `lose-after`: the token carries the command out and leaves the field before it answers.
 * - `garble`: the token carries the command out; the bytes of its answer are inverted, the status word
 *   only where there is nothing else; or the answer is `answer`.
 * - `refuse`: the token does not carry the command out and answers `status`, 6F00 unless given.
 * - `hang`: nothing happens until {@linkcode Faults.release}, then the command is carried out. A token
 *   that meanwhile leaves the field, is switched off or reset never sees the command.
 * - `torn-write`: the token loses power after `steps` steps (0 unless given) of the write that this
 *   command makes, and stays off until it is switched on. See docs/simulator.md for the steps.
 * - `delay`: the command is carried out `milliseconds` later, unless it is interrupted like a hang.
 *
 * A token that was lost comes back into the field at once; with `returns: false` it stays away until
 * the hands place it on the reader.
 */
export type Fault =
  & FaultTrigger
  & (
    | { readonly kind: "lose-before"; readonly returns?: boolean | undefined }
    | { readonly kind: "lose-after"; readonly returns?: boolean | undefined }
    | { readonly kind: "garble"; readonly answer?: Uint8Array | undefined }
    | { readonly kind: "refuse"; readonly status?: number | undefined }
    | { readonly kind: "hang" }
    | { readonly kind: "torn-write"; readonly steps?: number | undefined }
    | { readonly kind: "delay"; readonly milliseconds: number }
  );

/** Names of the faults. */
export type FaultKind = Fault["kind"];

/** What faults do to the token besides its answers. */
export interface FaultVictim {
  /** Takes the token off the reader. */
  takeAway(): void;
  /** Puts it back. */
  place(): void;
  /** The next write loses power after so many of its steps. `undefined` takes that back. */
  tearNextWrite(steps: number | undefined): void;
}

/** The faults of one token, and the count of its exchanges. */
export interface Faults {
  /** How many commands have come in since the token was made. */
  readonly exchanges: number;
  /** The faults that have struck, in order. */
  readonly struck: readonly Fault[];
  /** Adds a fault. Where several strike the same exchange, the first that was added does. */
  schedule(fault: Fault): void;
  /** Forgets all faults that have not struck. */
  clear(): void;
  /** Lets go of all commands that hang. */
  release(): void;
}

/** Puts faults between a reader and a card. Used by `createVirtualToken` for each token. */
export function withFaults(
  card: VirtualCard,
  victim: FaultVictim,
  options: { readonly time: TimeSource },
): { readonly card: VirtualCard; readonly faults: Faults } {
  const held = new Set<() => void>();
  let interrupted = new AbortController();
  const interrupt = (): void => {
    interrupted.abort();
    interrupted = new AbortController();
  };

  const lost = (): LinkError =>
    new LinkError("lost", "Cannot get an answer: the token left the field", {
      delivery: "unknown",
      next: "Put the token back on the reader.",
    });
  const lose = (returns = true): never => {
    victim.takeAway();
    if (returns) victim.place();
    throw lost();
  };
  /** Waits for something, unless the token leaves the field or is reset first. */
  const unlessInterrupted = async (wait: (signal: AbortSignal) => Promise<void>): Promise<void> => {
    const stopWatching = card.onPresence(interrupt);
    try {
      await wait(interrupted.signal);
    } catch {
      throw lost();
    } finally {
      stopWatching();
    }
  };
  const untilReleased = (signal: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      held.add(resolve);
      signal.addEventListener("abort", () => {
        held.delete(resolve);
        reject(signal.reason);
      });
    });

  const effects: {
    readonly [K in FaultKind]: (
      fault: Extract<Fault, { kind: K }>,
      command: Uint8Array,
    ) => Promise<Uint8Array>;
  } = {
    "lose-before": ({ returns }) => lose(returns),
    "lose-after": async ({ returns }, command) => {
      await card.process(command);
      return lose(returns);
    },
    "garble": async ({ answer }, command) => {
      const honest = await card.process(command);
      const spoilt = honest.length > 2 ? honest.length - 2 : honest.length;
      return answer ?? honest.map((byte, i) => i < spoilt ? byte ^ 0xff : byte);
    },
    "refuse": ({ status = 0x6f00 }) => Promise.resolve(Uint8Array.of(status >> 8, status & 0xff)),
    "hang": async (_, command) => {
      await unlessInterrupted(untilReleased);
      return await card.process(command);
    },
    "torn-write": async ({ steps = 0 }, command) => {
      victim.tearNextWrite(steps);
      try {
        return await card.process(command);
      } finally {
        victim.tearNextWrite(undefined); // a command that wrote nothing cannot be torn
      }
    },
    "delay": async ({ milliseconds }, command) => {
      await unlessInterrupted((signal) => options.time.sleep(milliseconds, signal));
      return await card.process(command);
    },
  };

  let exchanges = 0;
  let scheduled: readonly Fault[] = [];
  const struck: Fault[] = [];
  const process = async (command: Uint8Array): Promise<Uint8Array> => {
    const number = ++exchanges;
    const fault = scheduled.find(({ at, when }) =>
      (at === undefined || at === number) && (when === undefined || when(command))
    );
    if (!fault) return await card.process(command);
    scheduled = scheduled.filter((other) => other !== fault);
    struck.push(fault);
    return await effects[fault.kind](fault as never, command);
  };
  const power: VirtualCard["power"] = (event) => {
    interrupt();
    card.power(event);
  };
  return {
    card: overrideCard(card, { process, power }),
    faults: {
      get exchanges() {
        return exchanges;
      },
      struck,
      schedule: (fault) => {
        scheduled = [...scheduled, fault];
      },
      clear: () => {
        scheduled = [];
      },
      release: () => {
        for (const letGo of held) letGo();
        held.clear();
      },
    },
  };
}
