import type { MakeTokens } from "../token/mod.ts";

/** What the host of model cases prepares. */
export interface ModelSetup {
  /**
   * Makes virtual tokens of the model. Their randomness is that of the vectors: a challenge comes out as
   * in {@linkcode ModelVector.exchanges}.
   */
  readonly tokens: MakeTokens;
  /** What is known of the family. */
  readonly notes: ModelNotes;
  /** Takes away what was prepared. */
  dispose?(): Promise<void>;
}

/** What the protocol notes of a family promise, as data; all bytes are hexadecimal. */
export interface ModelNotes {
  /** A command that is always answered with 9000, or as `reports` says, and changes nothing. */
  readonly hello: string;
  /**
   * Of tokens that speak in reports. Commands are reports one after another; an answer is how all that comes
   * back begins, a dot stands for a digit that does not matter, and an empty answer is none at all.
   */
  readonly reports?: {
    /** How {@linkcode ModelNotes.hello} is answered. */
    readonly answer: string;
  } | undefined;
  /** What the token says no to; at least one of each {@linkcode RefusalSort}. */
  readonly refusals: readonly NotedRefusal[];
  /**
   * Conversations that are known to be right. For the needs `golden` and, of those that end with a
   * write, `writes`.
   */
  readonly vectors?: readonly ModelVector[] | undefined;
}

/** Why a token says no. */
export type RefusalSort =
  | "unknown-class"
  | "unknown-instruction"
  | "wrong-length"
  | "wrong-order"
  | "not-authenticated";

/** Something that a token says no to. */
export interface NotedRefusal {
  /** Why it does. */
  readonly sort: RefusalSort;
  /** What is tried, for a person: "an answer to no challenge". */
  readonly name: string;
  /** The commands; the last one is refused, those before it are answered in whatever way. */
  readonly commands: readonly string[];
  /** Status word of the refusal, four digits; of reports, the answer. */
  readonly status: string;
}

/** A conversation with a new token, known from elsewhere than from the model. */
export interface ModelVector {
  /** Which one, for a person. */
  readonly name: string;
  /** Where the bytes come from: a capture, the maker's firmware, a published tool. */
  readonly source: string;
  /** Commands and answers, status word included. */
  readonly exchanges: readonly (readonly [command: string, answer: string])[];
  /**
   * The seed that the token then holds, `null` for none. Left out where the last command does not write:
   * a vector that has it ends with a write that needs the exchanges before it.
   */
  readonly seed?: string | null | undefined;
}
