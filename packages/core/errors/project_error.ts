/** What every error of this project carries: a stable code and, where there is one, the next step. */
export interface ProjectError extends Error {
  /** Stable identifier such as `link/lost`, `token/locked` or `format/base32`. */
  readonly code: string;
  /** What the person can do about it, as one plain sentence. */
  readonly next: string | undefined;
}

// A registered symbol, so that the check also works when two copies of this package are loaded.
const brand = Symbol.for("@otpsmith/core/project-error");

/** Marks an error as one of this project's, for {@linkcode isProjectError}. Meant for error classes only. */
export function markProjectError(error: ProjectError): void {
  Object.defineProperty(error, brand, { value: true });
}

/**
 * Whether something thrown is an error of this project: it has a stable `code`, and its message
 * may be shown to a person as it is.
 *
 * @example Show a clear message, or let the bug surface
 * ```ts
 * import { FormatError, isProjectError } from "@otpsmith/core";
 *
 * const error: unknown = new FormatError("base32", "Cannot read seed: it is empty", { source: "prompt" });
 * if (!isProjectError(error) || error.code !== "format/base32") throw error;
 * ```
 */
export function isProjectError(value: unknown): value is ProjectError {
  return value instanceof Error && (value as { [brand]?: unknown })[brand] === true;
}
