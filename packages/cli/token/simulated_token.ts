import type { Transport } from "@otpsmith/core";
import {
  createVirtualToken,
  fileFlash,
  type Hands,
  memoryTransport,
  type VirtualCard,
  type VirtualToken,
} from "@otpsmith/simulator";

/** A simulated token with its reader, for commands that are given `--simulator FILE`. */
export interface SimulatedToken {
  /** The reader it lies on. */
  readonly transport: Transport;
  /** The token's side, for a reader of one's own. */
  readonly card: VirtualCard;
  readonly serial: string;
  /** Family and model. */
  readonly model: string;
  /** Who places it and presses its buttons. */
  readonly hands: Hands;
  /** The whole display: the code, dashes, nothing while it is dark. */
  displayText(slot?: number): string;
  /** What its display shows now; of one slot where it has several. */
  readDisplay(slot?: number): string | undefined;
  /** Its hands switch it off and on, which makes a new seed count, and read its display. */
  switchOffAndOnAndRead(slot?: number): string | undefined;
  /** Its hands press the button that it waits for. */
  press(): void;
}

/** Opens the token whose storage is the file; a missing file becomes a new token of the given kind. */
export function openSimulator(
  file: string,
  options: { readonly model: string | undefined },
): SimulatedToken {
  const token: VirtualToken = createVirtualToken({
    model: options.model,
    storage: fileFlash(file),
  });
  const read = (slot?: number): string | undefined => token.display(slot).code ?? undefined;
  return {
    card: token.card,
    serial: token.serial,
    model: token.model,
    hands: token.hands,
    displayText: (slot) => token.display(slot).text,
    transport: memoryTransport({ readers: [{ name: "Simulated reader", card: token.card }] }),
    readDisplay: read,
    switchOffAndOnAndRead: (slot) => {
      token.hands.powerCycle();
      return read(slot);
    },
    press: () => token.hands.press(),
  };
}
