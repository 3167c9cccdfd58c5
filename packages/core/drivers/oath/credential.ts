import type { OtpAlgorithm } from "../../otp/mod.ts";

/** What counts: time steps or presses. */
export type CredentialType = "totp" | "hotp";

/** Of what kind an entry is; `other` is one that gives no codes, such as a stored password. */
export type CredentialKind = CredentialType | "other";

/** One entry as the list of a token tells it. */
export interface Credential {
  /** The stored name, byte for byte: what the token finds it by. */
  readonly id: Uint8Array;
  /** The name without the time step that may stand before it. */
  readonly title: string;
  /** Time step in seconds. */
  readonly period: number;
  /** Of what kind it is. */
  readonly type: CredentialKind;
  /** Hash function, where it is a known one. */
  readonly algorithm: OtpAlgorithm | undefined;
}

/** The time step that is not written into the name. */
export const DEFAULT_PERIOD = 30;

/**
 * The name that a token keeps: a time step other than 30 s stands before it, since the token itself
 * knows of none. The convention is that of the makers' own programs.
 *
 * @example A time step of a minute
 * ```ts
 * import { storedName } from "@otpsmith/core/drivers/oath";
 *
 * const bytes = storedName({ title: "Acme:alice", period: 60 });
 * if (new TextDecoder().decode(bytes) !== "60/Acme:alice") throw new Error("unexpected");
 * ```
 */
export function storedName(
  { title, period }: { readonly title: string; readonly period: number },
): Uint8Array {
  return new TextEncoder().encode(period === DEFAULT_PERIOD ? title : `${period}/${title}`);
}

/**
 * Reads a stored name back. Bytes that are no UTF-8 show as replacement characters: the entry is still
 * found by its bytes.
 *
 * @example Without a time step it is 30 s
 * ```ts
 * import { readStoredName } from "@otpsmith/core/drivers/oath";
 *
 * const { title, period } = readStoredName(new TextEncoder().encode("Acme:alice"), { type: "totp" });
 * if (title !== "Acme:alice" || period !== 30) throw new Error("unexpected");
 * ```
 */
export function readStoredName(
  id: Uint8Array,
  { type }: { readonly type: CredentialKind },
): Pick<Credential, "title" | "period"> {
  const name = new TextDecoder().decode(id);
  const [, seconds, rest] = (type === "totp" && name.match(/^([1-9]\d{0,4})\/(.+)$/s)) || [];
  return rest === undefined
    ? { title: name, period: DEFAULT_PERIOD }
    : { title: rest, period: Number(seconds) };
}
