import { isProjectError, markProjectError, type ProjectError } from "./project_error.ts";

/** What a {@linkcode FormatError} carries besides its message. */
export interface FormatErrorOptions extends ErrorOptions {
  /** What was being read, for a person: a file name, "standard input", "QR code". Never its content. */
  readonly source: string;
  /** Where reading stopped: 0-based offset in characters (text) or bytes (binary). */
  readonly position?: number | undefined;
  /** Line, counted from 1, for texts of many lines. */
  readonly line?: number | undefined;
  /** What the person can do about it, as one plain sentence. */
  readonly next?: string | undefined;
}

/**
 * A text, picture or file cannot be read.
 *
 * The message names what is wrong and where, and **never repeats the input**: what is being read
 * may be a seed. The `code` is `format/` followed by the kind, such as `format/base32`,
 * `format/otpauth` or `format/image`.
 *
 * @example Point at the character that is wrong
 * ```ts
 * import { FormatError } from "@otpsmith/core";
 *
 * const error = new FormatError("base32", "Cannot read seed: character 5 is not base32", {
 *   source: "prompt",
 *   position: 4,
 *   next: "Base32 has the letters A to Z and the digits 2 to 7.",
 * });
 * if (error.code !== "format/base32" || error.position !== 4) throw error;
 * ```
 */
export class FormatError extends SyntaxError implements ProjectError {
  /** `FormatError` */
  override readonly name = "FormatError";
  /** Stable identifier: `format/` and what was being read. */
  readonly code: `format/${string}`;
  /** What was being read, for a person. */
  readonly source: string;
  /** Where reading stopped, counted from 0. */
  readonly position: number | undefined;
  /** Line, counted from 1. */
  readonly line: number | undefined;
  /** What the person can do about it. */
  readonly next: string | undefined;

  /** An error that another copy of this package has made is one as well; see {@linkcode isProjectError}. */
  static override [Symbol.hasInstance](value: unknown): value is FormatError {
    return this === FormatError
      ? isProjectError(value) && value.code.startsWith("format/")
      : super[Symbol.hasInstance](value);
  }

  /** Makes an error with its kind, a message of the form "action: state", and where it happened. */
  constructor(kind: string, message: string, options: FormatErrorOptions) {
    super(message, options);
    this.code = `format/${kind}`;
    this.source = options.source;
    this.position = options.position;
    this.line = options.line;
    this.next = options.next;
    markProjectError(this);
  }
}
