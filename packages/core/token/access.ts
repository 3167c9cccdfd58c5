import type { Secret } from "../secret/secret.ts";
import type { Hand } from "./traits.ts";
import type { TokenCallOptions } from "./touch.ts";

/** What an owner shows a token. */
export interface AccessSecret {
  /** What it is called: a customer key, a password, a PIN. */
  readonly kind: "customer-key" | "password" | "pin";
  /** Whether nothing can be written without it. Otherwise the published factory key is shown. */
  readonly required: boolean;
  /** Whether the token tells what it holds without it; it is shown before a write alone. */
  readonly onlyToWrite?: boolean | undefined;
  /** How many wrong ones the token still takes, where it tells that before the first try. */
  readonly attemptsLeft?: number | undefined;
  /** Lengths in bytes that the token takes. */
  readonly bytes: { readonly min: number; readonly max: number };
}

/** Options of calls that show a secret. */
export interface AccessOptions extends TokenCallOptions {
  /**
   * What the owner gave: from a prompt, a file descriptor or the environment, never from the command
   * line. The caller wipes it. Left out, the published key of the family is shown.
   */
  readonly secret?: Secret | undefined;
}

/** Shows the token what it wants to see before it can be written. */
export interface AccessFacet {
  /** What the owner has to give, where that is not a key of the family. */
  readonly secret?: AccessSecret | undefined;
  /**
   * Authenticates for this session. Never repeated on its own: wrong answers may lock a token for good.
   *
   * @throws {TokenError} `bad-key` with the tries that are left, where the token tells them; `locked`.
   */
  authenticate(options?: AccessOptions): Promise<void>;
  /** Replaces the secret, where the owner can. */
  readonly rotation?: RotationFacet | undefined;
}

/** Replaces what the owner shows a token. */
export interface RotationFacet {
  /** What a person does before the new one counts. */
  readonly hands: readonly Hand[];
  /** Whether it can be taken away, so that nothing has to be shown. */
  readonly removable: boolean;
  /**
   * Authenticates with the present secret (`options.secret`), replaces it and makes sure that the new
   * one counts. `undefined` takes it away, where {@linkcode RotationFacet.removable} says so.
   *
   * @throws {TokenError} `wants-touch` if nobody confirmed it on the token: the old one still counts.
   */
  rotate(next: Secret | undefined, options?: AccessOptions): Promise<void>;
}
