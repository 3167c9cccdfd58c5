import type { Secret } from "@otpsmith/core/secret";
import type { VirtualCard } from "./card.ts";
import { type MemoryTransport, memoryTransport } from "./expose/memory_transport.ts";
import type { Faults } from "./faults.ts";
import type { TokenParts } from "./firmware.ts";
import { expectImage, type Flash, type FlashImage, memoryFlash } from "./parts/flash.ts";
import {
  createVirtualToken,
  type VirtualToken,
  type VirtualTokenOptions,
} from "./virtual_token.ts";

/** A virtual token that is looked into, in the shape that the cases of `@otpsmith/conformance` want. */
export interface TokenUnderTest {
  /** Serial number. */
  readonly serial: string;
  /** The token's side of the conversation. */
  readonly card: VirtualCard;
  /** What goes wrong, and when. */
  readonly faults: Faults;
  /** What it keeps, read past its protocol. Each text changes when that part is written, and only then. */
  truth(): {
    readonly seed: Secret | null;
    readonly clock: string;
    readonly settings: string;
    readonly key: string;
    readonly tries: number;
  };
  /** Switches it off, if it is on, and on again. */
  powerCycle(): void;
  /** The code a person reads on it now; `null` where it shows none. */
  display(): string | null;
}

/** Which tokens are wanted. */
export interface TokensWanted {
  /** How many. */
  readonly count: number;
  /** The seed each of them holds; none where left out. Copied. */
  readonly seed?: Secret | undefined;
  /** After how many milliseconds without an answer the readers reset a token; 5000 unless given. */
  readonly readerTimeoutMs?: number | undefined;
}

/**
 * What `driverCases` and `modelCases` of `@otpsmith/conformance` try drivers and models against: tokens
 * of one model in memory, each on a reader of its own. The options are those of a single token.
 *
 * @example Look into a token
 * ```ts
 * import { Secret } from "@otpsmith/core";
 * import { tokensUnderTest } from "@otpsmith/simulator";
 *
 * const seed = Secret.take(new Uint8Array(20).fill(7));
 * const make = tokensUnderTest({ model: "token2-single:C302-i" });
 * const { transport, tokens: [first, second] } = await make({ count: 2, seed });
 * if (!first!.truth().seed!.equals(seed) || first!.serial === second!.serial) throw new Error();
 * await transport[Symbol.asyncDispose]();
 * ```
 */
export function tokensUnderTest(
  options: Omit<VirtualTokenOptions, "storage" | "seed" | "ordinal" | "serial"> & {
    /** Their serial numbers, in order; the first ones of the model unless given. */
    readonly serials?: readonly string[] | undefined;
  },
): (wanted: TokensWanted) => Promise<{
  readonly transport: MemoryTransport;
  readonly tokens: readonly TokenUnderTest[];
}> {
  return ({ count, seed, readerTimeoutMs }) => {
    const tokens = Array.from({ length: count }, (_, index) => {
      const storage = memoryFlash();
      const which = { serial: options.serials?.[index], ordinal: index + 1 };
      const token = createVirtualToken({ ...options, ...which, storage, seed });
      return underTest(token, storage);
    });
    const readers = tokens.map((token, index) => ({ name: `Reader ${index + 1}`, token }));
    return Promise.resolve({ transport: memoryTransport({ readers, readerTimeoutMs }), tokens });
  };
}

/**
 * Looks into a token of which the storage is at hand.
 *
 * @example Watch what a command changes
 * ```ts
 * import { createVirtualToken, memoryFlash, underTest } from "@otpsmith/simulator";
 *
 * const storage = memoryFlash();
 * const token = underTest(createVirtualToken({ storage }), storage);
 * const before = token.truth().clock;
 * await token.card.process(Uint8Array.of(0x80, 0x41, 0, 0, 0));
 * if (token.truth().clock !== before) throw new Error("reading must not write");
 * ```
 */
export function underTest(token: VirtualToken, storage: Flash): TokenUnderTest {
  const { serial, card, faults, hands, family } = token;
  return {
    serial,
    card,
    faults,
    truth: () => {
      const image = expectImage(storage.read(), storage);
      const { wrongAnswers, locked } = image;
      const parts = family.look?.(image) ?? lookIntoStored(image);
      return { ...parts, tries: locked ? Infinity : wrongAnswers };
    },
    powerCycle: () => hands.powerCycle(),
    display: () => token.display().code,
  };
}

function lookIntoStored({ clock, stored: { seed, ...settings } }: FlashImage): TokenParts {
  return {
    seed,
    clock: JSON.stringify(clock),
    settings: JSON.stringify(settings),
    key: "", // these tokens keep the key that they were made with
  };
}
