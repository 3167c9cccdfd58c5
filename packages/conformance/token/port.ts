import type { Transport } from "@otpsmith/core/link";
import type { Secret } from "@otpsmith/core/secret";

/**
 * Something that goes wrong at one exchange, counted from 1 since the token was made; it strikes once.
 * To a token that speaks in reports, each report is an exchange.
 *
 * - `lose-before`: the token leaves the field before it has the command.
 * - `lose-after`: the token carries the command out and leaves the field before it answers.
 * - `garble`: the token carries the command out; its answer is spoilt, or is `answer`.
 * - `refuse`: the token does not carry the command out and answers `status`.
 * - `hang`: nothing happens until {@linkcode TokenFaults.release}, or until the reader resets the token.
 * - `torn-write`: the power goes after `steps` steps of the write that this command makes, if it makes one,
 *   and stays away.
 *
 * A token of reports garbles the next one that it sends, refuses with a stall, and is torn in the next
 * write that it makes.
 *
 * A token that was lost comes back at once, or with `returns: false` not at all. The faults of
 * `@otpsmith/simulator` have this shape.
 */
export type TokenFault =
  & { readonly at: number }
  & (
    | { readonly kind: "lose-before" | "lose-after"; readonly returns: boolean }
    | { readonly kind: "garble"; readonly answer?: Uint8Array }
    | { readonly kind: "refuse"; readonly status: number }
    | { readonly kind: "hang" }
    | { readonly kind: "torn-write"; readonly steps: number }
  );

/** The faults of one token, and the count of its exchanges. */
export interface TokenFaults {
  /** How many commands have come in since the token was made. */
  readonly exchanges: number;
  /** One entry for each fault that has struck. */
  readonly struck: readonly unknown[];
  /** Adds a fault. */
  schedule(fault: TokenFault): void;
  /** Lets go of what hangs. */
  release(): void;
}

/** What a token keeps when nobody looks at it, read past its protocol. */
export interface TokenTruth {
  /** The seed that a burn replaces; `null` for none. */
  readonly seed: Secret | null;
  /** What the clock was set to and when, as any text that changes when it is set, and only then. */
  readonly clock: string;
  /** All other settings, as any text that changes when they are written. */
  readonly settings: string;
  /** The key or password it wants to be shown, as any text that changes when it is replaced. */
  readonly key: string;
  /** How many wrong proofs it has counted. */
  readonly tries: number;
}

/** A virtual token as cases need it. Those of `@otpsmith/simulator` come with `tokensUnderTest`. */
export interface TokenUnderTest {
  /** Serial number, as the token says it; `undefined` where it tells none. */
  readonly serial: string | undefined;
  /** The token's side of the conversation, without any reader. */
  readonly card: {
    /**
     * Answers one command of any length and content; rejects where the token leaves in mid-command. One that
     * speaks in reports takes them one after another, the last one short where they do not come out even,
     * and gives those that come back; nothing where it stalls.
     */
    process(command: Uint8Array): Promise<Uint8Array>;
    /** The reader's field goes on or off, or the reader resets it: what lived in RAM is gone. */
    power(event: "on" | "off" | "reset"): void;
  };
  /** What goes wrong, and when. */
  readonly faults: TokenFaults;
  /**
   * What it really holds.
   *
   * @param title Which seed is meant, where seeds are found by their titles; the first one unless given.
   */
  truth(title?: string): TokenTruth;
  /** Switches it off, if it is on, and on again. */
  powerCycle(): void;
  /** The code a person reads on it now, or has it type; `null` where it shows none. */
  display(): string | null;
  /** Presses its button; nothing happens while nothing waits for it. For the need `touch`. */
  press?(): void;
}

/** Tokens, each on a reader of its own. */
export interface TokensUnderTest {
  /** A way to the readers. Who asked for it disposes of it. */
  readonly transport: Transport;
  /** The tokens: all of one model, each with its own serial number. */
  readonly tokens: readonly TokenUnderTest[];
  /** Takes away what was prepared. The transport is disposed of before. */
  dispose?(): Promise<void>;
}

/** Which tokens are wanted. */
export interface TokensWanted {
  /** How many. */
  readonly count: number;
  /** The seed each of them holds; none where left out. Copied. */
  readonly seed?: Secret | undefined;
  /** After how many milliseconds without an answer the readers reset a token. */
  readonly readerTimeoutMs?: number | undefined;
  /**
   * Who presses the button of a token that waits for it: somebody does at once unless given; `by-hand`
   * only the case, with {@linkcode TokenUnderTest.press}; `nobody` ever, and the token soon loses patience.
   */
  readonly presser?: "by-hand" | "nobody" | undefined;
}

/** Makes tokens that nothing has been done to yet. */
export type MakeTokens = (wanted: TokensWanted) => Promise<TokensUnderTest>;
