import type { CallOptions } from "../link/link.ts";
import type { OtpAlgorithm } from "../otp/algorithm.ts";
import type { Secret } from "../secret/secret.ts";
import type { AccessFacet } from "./access.ts";
import type { CodeFacet, SlotFacet, SlotSettings } from "./slots.ts";
import type { TokenCallOptions } from "./touch.ts";
import type { Hand, TokenTraits } from "./traits.ts";

/** Who a token is. Safe to print and to store. */
export interface TokenIdentity {
  /** Name of the driver that recognised it. */
  readonly driver: string;
  /** Token family for a person: "Token2 single-profile (2nd generation)". */
  readonly family: string;
  /** Model, or `undefined` where the serial number is not in any table. */
  readonly model: string | undefined;
  /** Which application of a key that has several: `oath`, `slots`. */
  readonly application?: string | undefined;
  /** Serial number as the token says it. */
  readonly serial: string;
}

/** How well a driver is known to work. `simulator`: against nothing but our own virtual token. */
export interface Evidence {
  /** The best proof there is. */
  readonly level:
    | "hardware"
    | "maker-firmware"
    | "independent-card"
    | "published-tool"
    | "simulator";
  /** What was seen, by whom, where it is written down. */
  readonly note: string;
}

/** What a token's clock said, and when that was. */
export interface ClockReading {
  /** The token's clock, in seconds since 1970. */
  readonly tokenSeconds: number;
  /** The computer's clock at that moment, in milliseconds since 1970. */
  readonly hostMilliseconds: number;
  /** Token minus computer in whole seconds: positive means that the token is ahead. */
  readonly driftSeconds: number;
}

/** Settings that are written together with the clock. */
export interface TokenConfiguration {
  /** Clock to set, in seconds since 1970. */
  readonly clockSeconds: number;
  /** Hash function. */
  readonly algorithm: OtpAlgorithm;
  /** Time step in seconds. */
  readonly period: number;
  /** Code length. */
  readonly digits: number;
  /** After how many seconds the display goes off. */
  readonly displayOffSeconds: number;
}

/** Reads the token's clock. */
export interface ClockFacet {
  /** What the clock said when the token was recognised. */
  readonly seen: ClockReading;
  /** Reads the clock again. */
  read(options?: CallOptions): Promise<ClockReading>;
  /** Sets the clock of the token or of one slot, where that is a command apart from the settings. */
  write?(seconds: number, options?: CallOptions & { readonly slot?: number }): Promise<void>;
}

/** Writes settings and clock. What that does to seeds is `traits.clockWrite`. */
export interface ConfigurationFacet {
  /** Whether writing the same settings twice leads to the same state as writing them once. */
  readonly repeatable: boolean;
  /** Writes all settings: of the token, or of one slot where `traits.settings` is `slot`. */
  write(
    configuration: TokenConfiguration,
    options?: CallOptions & { readonly slot?: number },
  ): Promise<void>;
}

/** How a seed is written into a token with several slots. */
export interface SeedWriteOptions extends TokenCallOptions {
  /** Which slot; the only one unless given. */
  readonly slot?: number | undefined;
  /** Its title, where it is written with the seed. */
  readonly title?: string | undefined;
  /** Its settings, where they are written with the seed: `traits.settings` is `with-seed`. */
  readonly settings?: SlotSettings | undefined;
  /** Whether each code is to need a touch. */
  readonly touch?: boolean | undefined;
  /**
   * The same write was sent before and may have been carried out: a token that takes no second seed
   * without erasing is erased first.
   */
  readonly again?: boolean | undefined;
}

/** Writes seeds. */
export interface SeedFacet {
  /** Whether writing the same seed twice leads to the same state as writing it once. */
  readonly repeatable: boolean;
  /** Writes the seed of one slot. The token must have been authenticated to in this session. */
  write(seed: Secret, options?: SeedWriteOptions): Promise<void>;
}

/** Brings the token back to how it left the factory. */
export interface ResetFacet {
  /** What a person does before it happens. */
  readonly hands: readonly Hand[];
  /** What is lost, as words for a person. */
  readonly destroys: readonly string[];
  /**
   * Erases everything.
   *
   * @throws {TokenError} `wants-touch` if nobody confirmed it on the token: nothing was erased.
   */
  run(options?: TokenCallOptions): Promise<void>;
}

/** Locks the token's own display and buttons. */
export interface ScreenFacet {
  /** Locks or unlocks. The token must have been authenticated to in this session. */
  lock(locked: boolean, options?: CallOptions): Promise<void>;
}

/** Reads the code that a token shows, over the link: by the token's own clock, as a person sees it. */
export interface ShownCodeFacet {
  /**
   * The code of this moment.
   *
   * @throws {TokenError} `garbled` if it shows none.
   */
  read(options?: CallOptions): Promise<string>;
}

/** A recognised token at the end of an open link. */
export interface Token {
  /** Who it is. */
  readonly identity: TokenIdentity;
  /** What it can do; `undefined` for a model that is not in any table, which is never written. */
  readonly traits: TokenTraits | undefined;
  /** How well this is known to work. */
  readonly evidence: Evidence;
  /** Where the model has a clock that can be read. */
  readonly clock?: ClockFacet | undefined;
  /** Where something must be shown before writing. */
  readonly access?: AccessFacet | undefined;
  /** Where settings can be written. */
  readonly configuration?: ConfigurationFacet | undefined;
  /** Where seeds can be written. */
  readonly seeds?: SeedFacet | undefined;
  /** Where there are several slots. */
  readonly slots?: SlotFacet | undefined;
  /** Where the token computes codes for whoever asks. */
  readonly codes?: CodeFacet | undefined;
  /** Where the code on its display can be read over the link. */
  readonly shownCode?: ShownCodeFacet | undefined;
  /** Where everything can be erased. */
  readonly reset?: ResetFacet | undefined;
  /** Where the display can be locked. */
  readonly screen?: ScreenFacet | undefined;
}
