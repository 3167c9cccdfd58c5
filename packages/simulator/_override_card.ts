import type { VirtualCard } from "./card.ts";

/** The same card with another way of answering; everything else stays the card's own business. */
export function overrideCard(
  card: VirtualCard,
  changed: Pick<VirtualCard, "process"> & Partial<Pick<VirtualCard, "power">>,
): VirtualCard {
  return {
    get atr() {
      return card.atr;
    },
    get present() {
      return card.present;
    },
    power: changed.power ?? ((event) => card.power(event)),
    process: changed.process,
    onPresence: (listener) => card.onPresence(listener),
  };
}
