import type { Secret } from "@otpsmith/core/secret";
import type { TokenDriver } from "@otpsmith/core/token";
import type { MakeTokens } from "../token/mod.ts";

/** What the host of driver cases prepares. */
export interface DriverSetup {
  /** The driver to try. */
  readonly driver: TokenDriver;
  /**
   * Makes virtual tokens of its family, of a model that can be burned. They must not share code with the
   * driver: a mistake that both made would cancel itself out.
   */
  readonly tokens: MakeTokens;
  /** Makes tokens of the family whose model is in no table. For the need `unknown-model`. */
  readonly unknownModel?: MakeTokens | undefined;
  /** Bytes that are known to be right. For the need `golden`. */
  readonly golden?: readonly GoldenCommand[] | undefined;
  /**
   * What the owner shows the tokens that {@linkcode DriverSetup.tokens} makes, where they want to see
   * something: their PIN. New each time.
   */
  readonly secret?: (() => Secret) | undefined;
  /**
   * One that a token accepts which has rules for it, such as a PIN that is hard to guess: it is set, and then
   * shown. Any of the right length unless given.
   */
  readonly newSecret?: (() => Secret) | undefined;
  /**
   * Whether a refusal can be told from an answer that is spoilt: cards have status words, unless given. Without,
   * work that has begun is never refused.
   */
  readonly statusWords?: boolean | undefined;
  /** Takes away what was prepared. */
  dispose?(): Promise<void>;
}

/** One command with its bytes, known from elsewhere than from the driver. */
export interface GoldenCommand {
  /** Which one, for a person. */
  readonly name: string;
  /** Where the bytes come from: a capture, the maker's firmware, a published tool. */
  readonly source: string;
  /** Writes the command through the driver. */
  readonly actual: () => Uint8Array;
  /** The whole command, in hexadecimal. */
  readonly expected: string;
}
