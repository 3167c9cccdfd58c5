import { isProjectError, markProjectError, type ProjectError } from "./project_error.ts";

/**
 * What the token's answer means.
 *
 * - `refused`: a status word that says no.
 * - `locked`: no further tries are allowed.
 * - `bad-key`: the key, password or PIN was wrong.
 * - `wants-touch`: a button must be pressed.
 * - `unsupported`: the token does not know the command.
 * - `garbled`: the answer does not have the documented shape; what the token did is not known.
 */
export type TokenErrorKind =
  | "refused"
  | "locked"
  | "bad-key"
  | "wants-touch"
  | "unsupported"
  | "garbled";

/** What a {@linkcode TokenError} carries besides its message. */
export interface TokenErrorOptions extends ErrorOptions {
  /** Name of the command that was answered, such as "write seed". */
  readonly command: string;
  /** The status word, 0 to 0xFFFF, if there was one. */
  readonly status?: number | undefined;
  /** How many tries are left, where the token says so. */
  readonly attemptsLeft?: number | undefined;
  /** What the person can do about it, as one plain sentence. */
  readonly next?: string | undefined;
}

/**
 * The token spoke, and it was not yes.
 *
 * The `code` is `token/` followed by the kind and stays the same between releases.
 *
 * @example Read the status word of a refusal
 * ```ts
 * import { TokenError } from "@otpsmith/core";
 *
 * const error = new TokenError("refused", "Cannot write seed: the token refused its length", {
 *   command: "write seed",
 *   status: 0x6a80,
 * });
 * if (error.code !== "token/refused" || error.status !== 0x6a80) throw error;
 * ```
 */
export class TokenError extends Error implements ProjectError {
  /** `TokenError` */
  override readonly name = "TokenError";
  /** Stable identifier: `token/refused`, `token/bad-key` and so on. */
  readonly code: `token/${TokenErrorKind}`;
  /** What the answer means. */
  readonly kind: TokenErrorKind;
  /** Name of the command that was answered. */
  readonly command: string;
  /** The status word, if there was one. */
  readonly status: number | undefined;
  /** How many tries are left, where the token says so. */
  readonly attemptsLeft: number | undefined;
  /** What the person can do about it. */
  readonly next: string | undefined;

  /** An error that another copy of this package has made is one as well; see {@linkcode isProjectError}. */
  static override [Symbol.hasInstance](value: unknown): value is TokenError {
    return this === TokenError
      ? isProjectError(value) && value.code.startsWith("token/")
      : super[Symbol.hasInstance](value);
  }

  /** Makes an error with its kind, a message of the form "action: state", and the command. */
  constructor(kind: TokenErrorKind, message: string, options: TokenErrorOptions) {
    super(message, options);
    this.kind = kind;
    this.code = `token/${kind}`;
    this.command = options.command;
    this.status = options.status;
    this.attemptsLeft = options.attemptsLeft;
    this.next = options.next;
    markProjectError(this);
  }
}

/**
 * The same error with the tries that are left, which some tokens tell only when they are asked afterwards.
 * With none left it is `locked`.
 *
 * @example A wrong PIN
 * ```ts
 * import { TokenError, withTriesLeft } from "@otpsmith/core";
 *
 * const wrong = new TokenError("bad-key", "Cannot give PIN: it is wrong", { command: "give PIN" });
 * const { message, attemptsLeft } = withTriesLeft(wrong, 1);
 * if (attemptsLeft !== 1 || message !== "Cannot give PIN: it is wrong; 1 try is left") throw wrong;
 * ```
 */
export function withTriesLeft(error: TokenError, attemptsLeft: number): TokenError {
  const { kind, message, command, status, next } = error;
  const left = attemptsLeft === 1 ? "1 try is left" : `${attemptsLeft || "no"} tries are left`;
  return new TokenError(attemptsLeft === 0 ? "locked" : kind, `${message}; ${left}`, {
    command,
    status,
    attemptsLeft,
    next,
    cause: error,
  });
}
