import { isProjectError, markProjectError, type ProjectError } from "./project_error.ts";

/**
 * Where the bytes of a failed call were.
 *
 * - `not-sent`: nothing reached the token; the call may be made again.
 * - `unknown`: the command may have been carried out; read the token before anything else is sent.
 * - `answered`: the token answered, but the answer could not be used. Half an answer is `unknown`.
 */
export type Delivery = "not-sent" | "unknown" | "answered";

/**
 * Why a conversation failed.
 *
 * - `absent`: no reader, no card in it, or the service that serves readers is down.
 * - `busy`: another program holds the reader.
 * - `denied`: the system does not let this user talk to the reader.
 * - `lost`: the reader, the card or the service went away.
 * - `timeout`: no answer within the time allowed.
 * - `aborted`: the caller's signal fired.
 * - `unsupported`: this link cannot carry such a command.
 */
export type LinkErrorReason =
  | "absent"
  | "busy"
  | "denied"
  | "lost"
  | "timeout"
  | "aborted"
  | "unsupported";

/** What a {@linkcode LinkError} carries besides its message. */
export interface LinkErrorOptions extends ErrorOptions {
  /** Where the bytes were when the call failed. */
  readonly delivery: Delivery;
  /** What the person can do about it, as one plain sentence. */
  readonly next?: string | undefined;
}

/**
 * The conversation with a token failed; the token itself has not said no.
 *
 * The `code` is `link/` followed by the reason and stays the same between releases.
 *
 * @example Tell a safe retry from a doubtful one
 * ```ts
 * import { LinkError } from "@otpsmith/core";
 *
 * const error = new LinkError("busy", 'Cannot open "OMNIKEY 5427 CK": another program holds it', {
 *   delivery: "not-sent",
 * });
 * if (error.code !== "link/busy" || error.delivery !== "not-sent") throw error;
 * ```
 */
export class LinkError extends Error implements ProjectError {
  /** `LinkError` */
  override readonly name = "LinkError";
  /** Stable identifier: `link/absent`, `link/lost` and so on. */
  readonly code: `link/${LinkErrorReason}`;
  /** Why the conversation failed. */
  readonly reason: LinkErrorReason;
  /** Where the bytes were. */
  readonly delivery: Delivery;
  /** What the person can do about it. */
  readonly next: string | undefined;

  /** An error that another copy of this package has made is one as well; see {@linkcode isProjectError}. */
  static override [Symbol.hasInstance](value: unknown): value is LinkError {
    return this === LinkError
      ? isProjectError(value) && value.code.startsWith("link/")
      : super[Symbol.hasInstance](value);
  }

  /** Makes an error with its reason, a message of the form "action: state", and where the bytes were. */
  constructor(reason: LinkErrorReason, message: string, options: LinkErrorOptions) {
    super(message, options);
    this.reason = reason;
    this.code = `link/${reason}`;
    this.delivery = options.delivery;
    this.next = options.next;
    markProjectError(this);
  }
}
