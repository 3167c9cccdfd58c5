import type { Transport } from "@otpsmith/core/link";
import type { Secret } from "@otpsmith/core/secret";
import { HastyTime } from "@otpsmith/core/time";
import { reportCard } from "./_report_card.ts";
import type { VirtualCard } from "./card.ts";
import { memoryHid } from "./expose/memory_hid.ts";
import { memoryTransport } from "./expose/memory_transport.ts";
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
  /** Serial number as it tells it; `undefined` where it tells none. */
  readonly serial: string | undefined;
  /**
   * The token's side of the conversation. Over HID it takes reports, one after another, and gives those that
   * come; an interface that stalls gives none.
   */
  readonly card: VirtualCard;
  /** What goes wrong, and when. */
  readonly faults: Faults;
  /**
   * What it keeps, read past its protocol. Each text changes when that part is written, and only then.
   * Where seeds are found by their titles, the first one is looked at unless a title is given.
   */
  truth(title?: string): {
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
  /** Presses its button; nothing happens while nothing waits for it. */
  press(): void;
}

/** Which tokens are wanted. */
export interface TokensWanted {
  /** How many. */
  readonly count: number;
  /** The seed each of them holds; none where left out. Copied. */
  readonly seed?: Secret | undefined;
  /** After how many milliseconds without an answer the readers reset a token; 5000 unless given. */
  readonly readerTimeoutMs?: number | undefined;
  /**
   * Who presses the button of a token that blinks: at once unless given, `by-hand` only whoever calls
   * {@linkcode TokenUnderTest.press}, `nobody` ever; then the token's patience is over at once.
   */
  readonly presser?: "by-hand" | "nobody" | undefined;
}

/** How tokens are reached and looked into, besides what {@linkcode createVirtualToken} knows. */
export interface TokensUnderTestOptions
  extends Omit<VirtualTokenOptions, "storage" | "seed" | "ordinal" | "serial"> {
  /** Their serial numbers, in order; the first ones of the model unless given. */
  readonly serials?: readonly string[] | undefined;
  /** Whether they lie on readers, or are plugged in and reached through HID reports; `card` unless given. */
  readonly way?: "card" | "hid" | undefined;
  /** Which application is looked into, of tokens that have several: `slots` of a security key. */
  readonly application?: string | undefined;
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
  options: TokensUnderTestOptions,
): (wanted: TokensWanted) => Promise<{
  readonly transport: Transport;
  readonly tokens: readonly TokenUnderTest[];
}> {
  const { serials, way = "card", application, ...common } = options;
  return ({ count, seed, readerTimeoutMs, presser }) => {
    const made = Array.from({ length: count }, (_, index) => {
      const storage = memoryFlash();
      const token = createVirtualToken({
        ...common,
        ...PRESSED[presser ?? "at-once"](common),
        serial: serials?.[index],
        ordinal: index + 1,
        storage,
        seed,
      });
      return { name: `Reader ${index + 1}`, token, storage };
    });
    const transport = way === "hid"
      ? memoryHid({ devices: made, timeoutMs: readerTimeoutMs })
      : memoryTransport({ readers: made, readerTimeoutMs });
    const tokens = made.map(({ token, storage }) =>
      underTest(token, storage, { way, application })
    );
    return Promise.resolve({ transport, tokens });
  };
}

type Common = Pick<VirtualTokenOptions, "time" | "personality">;

/** What the token is made with, so that its button is pressed so. */
const PRESSED: Readonly<
  Record<NonNullable<TokensWanted["presser"]> | "at-once", (common: Common) => Common>
> = {
  "at-once": () => ({}),
  "by-hand": ({ personality }) => ({ personality: { ...personality, presser: { byHand: true } } }),
  "nobody": ({ personality }) => ({
    time: new HastyTime(),
    personality: { ...personality, presser: { never: true } },
  }),
};

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
export function underTest(
  token: VirtualToken,
  storage: Flash,
  options: Pick<TokensUnderTestOptions, "way" | "application"> = {},
): TokenUnderTest {
  const { serial, card, reports, faults, reportFaults, hands, family } = token;
  const [device] = options.way === "hid" ? reports : [];
  const look = (title?: string): TokenParts => {
    const image = expectImage(storage.read(), storage);
    return family.look?.(image, { ...options, title }) ?? lookIntoStored(image);
  };
  const { serial: told } = look();
  return {
    serial: told === undefined ? serial : told ?? undefined,
    card: device ? reportCard(card, device, reportFaults) : card,
    faults: device ? reportFaults : faults,
    truth: (title) => {
      const { serial: _, tries, ...parts } = look(title);
      const { wrongAnswers, locked } = expectImage(storage.read(), storage);
      return { ...parts, tries: locked ? Infinity : tries ?? wrongAnswers };
    },
    powerCycle: () => hands.powerCycle(),
    display: () => token.display().code,
    press: () => hands.press(),
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
