import type { Secret, SlotState, Token } from "@otpsmith/core";
import type { StationToken } from "../station_api/mod.ts";
import { tokenOf } from "./_views.ts";

/** The token on the reader, with all that is known of it and goes away with it. */
export class TokenInSight {
  readonly token: Token;
  /** What the journal knows of a burn of it that was cut off. */
  readonly unfinished: string | null;
  /** Its slots, once they were listed. */
  slots: readonly SlotState[] | null = null;
  #secret: Secret | undefined;

  constructor(token: Token, unfinished: string | null) {
    this.token = token;
    this.unfinished = unfinished;
  }

  /** Its serial number. */
  get serial(): string {
    return this.token.identity.serial;
  }

  /** What its owner shows it. */
  get secret(): Secret | undefined {
    return this.#secret;
  }

  /** Keeps what its owner shows it, and wipes what that was before. */
  keep(secret: Secret | undefined): void {
    this.#secret?.wipe();
    this.#secret = secret;
  }

  /** The same token, read once more. */
  readAgain(token: Token, unfinished: string | null): TokenInSight {
    const again = new TokenInSight(token, unfinished);
    again.slots = this.slots;
    again.#secret = this.#secret;
    return again;
  }

  /** As the page shows it. */
  view(): StationToken {
    const { slots, unfinished } = this;
    return tokenOf(this.token, { secretGiven: this.#secret !== undefined, slots, unfinished });
  }
}
