/**
 * The token's side of a smart-card conversation. A virtual card does not know how it is exposed: in
 * process, behind the real pcscd, or over USB/IP.
 */
export interface VirtualCard {
  /** Answer to reset. */
  readonly atr: Uint8Array;
  /**
   * Whether the card answers a reader now: it lies on it and is switched on. Exposures show a reader
   * without a card while this is `false`.
   */
  readonly present: boolean;
  /** The reader's field goes on or off, or the reader resets the card: what lived in RAM is gone. */
  power(event: "on" | "off" | "reset"): void;
  /**
   * Answers one command of any length and content with data and status word. Rejects when the card
   * leaves the field or loses power in mid-command: the exposure then shows it as torn out.
   */
  process(command: Uint8Array): Promise<Uint8Array>;
  /** Calls back after each change of {@linkcode VirtualCard.present}. Returns a function that stops it. */
  onPresence(listener: (present: boolean) => void): () => void;
}
