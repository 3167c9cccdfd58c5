import type { CardAnswer, CardCommand } from "./apdu.ts";

/** One application of a security key. */
export interface Applet {
  /** Its name on the card. */
  readonly aid: Uint8Array;
  /** It is selected. */
  select(): CardAnswer;
  /** Answers a command. */
  process(command: CardCommand): CardAnswer | Promise<CardAnswer>;
  /** Forgets what lives in RAM. */
  forget(): void;
  /** Instruction that fetches the rest of an answer; GET RESPONSE unless given. */
  readonly more?: number | undefined;
}
