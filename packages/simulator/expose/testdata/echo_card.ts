import type { VirtualCard } from "../../card.ts";

/** A card whose presence and answers are in the test's hands. */
export interface EchoCard extends VirtualCard {
  /** Puts it into the reader's field or takes it out. */
  place(present: boolean): void;
  /** What it does with a command; echoes it unless replaced. */
  reply: (command: Uint8Array) => Promise<Uint8Array>;
  /** Every power event, oldest first. */
  readonly events: readonly string[];
  /** Resolves when a command has come in. */
  asked(): Promise<Uint8Array>;
}

/** Every byte plus one, as many as fit into 255 with the status word. */
export function echo(command: Uint8Array): Promise<Uint8Array> {
  return Promise.resolve(
    Uint8Array.from([...command.subarray(0, 253).map((byte) => byte + 1), 0x90, 0x00]),
  );
}

/** Makes a card that is present, with the ATR of a contactless card whose historical byte is `mark`. */
export function echoCard(mark = 0): EchoCard {
  const listeners = new Set<(present: boolean) => void>();
  const waiting: ((command: Uint8Array) => void)[] = [];
  const events: string[] = [];
  const checked = [0x81, 0x80, 0x01, mark];
  const card = {
    atr: Uint8Array.of(0x3b, ...checked, checked.reduce((sum, byte) => sum ^ byte)),
    present: true,
    events,
    reply: echo,
    power: (event: string): void => void events.push(event),
    process(command: Uint8Array): Promise<Uint8Array> {
      const copy = command.slice();
      for (const tell of waiting.splice(0)) tell(copy);
      return card.reply(command);
    },
    onPresence(listener: (present: boolean) => void): () => void {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
    place(present: boolean): void {
      card.present = present;
      for (const listener of listeners) listener(present);
    },
    asked: () => new Promise<Uint8Array>((resolve) => waiting.push(resolve)),
  };
  return card;
}
