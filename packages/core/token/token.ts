import type { CallOptions } from "../link/link.ts";
import type { OtpAlgorithm } from "../otp/algorithm.ts";
import type { Secret } from "../secret/secret.ts";
import type { TokenTraits } from "./traits.ts";

/** Who a token is. Safe to print and to store. */
export interface TokenIdentity {
  /** Name of the driver that recognised it. */
  readonly driver: string;
  /** Token family for a person: "Token2 single-profile (2nd generation)". */
  readonly family: string;
  /** Model, or `undefined` where the serial number is not in any table. */
  readonly model: string | undefined;
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
}

/** Shows the token what it wants to see before it can be written. */
export interface AccessFacet {
  /** Authenticates for this session. Never repeated on its own: wrong answers may lock a token for good. */
  authenticate(options?: CallOptions): Promise<void>;
}

/** Writes settings and clock. What that does to seeds is `traits.clockWrite`. */
export interface ConfigurationFacet {
  /** Whether writing the same settings twice leads to the same state as writing them once. */
  readonly repeatable: boolean;
  /** Writes all settings. */
  write(configuration: TokenConfiguration, options?: CallOptions): Promise<void>;
}

/** Writes seeds. */
export interface SeedFacet {
  /** Whether writing the same seed twice leads to the same state as writing it once. */
  readonly repeatable: boolean;
  /** Writes the seed of one slot. The token must have been authenticated to in this session. */
  write(seed: Secret, options?: CallOptions & { readonly slot?: number }): Promise<void>;
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
}
