import type { Endpoint } from "@otpsmith/core/link";
import { check } from "../_check.ts";
import { findEndpoint, listed, type PlugHands, type TransportSetup, untilListed } from "./setup.ts";

/** What goes away and comes back: the reader or device, or the card on it. */
export type Hand = keyof PlugHands;

/** What it is called in a message. */
export const WHAT: Readonly<Record<Hand, string>> = { plug: "the device", card: "the card" };

/** Whether the echo endpoint can be used, as far as a list tells. */
function isThere(endpoints: readonly Endpoint[], echo: string | undefined): boolean {
  const found = endpoints.find(({ id, label }) => id === echo || label === echo);
  return found !== undefined && found.facts.card !== "absent";
}

/** The hands of a case that takes something away; whatever it does, all is put back afterwards. */
export async function withHand<T>(
  setup: TransportSetup,
  hand: Hand,
  use: (hands: {
    /** Takes it away, or puts it back, and waits until `list()` shows it where it can. */
    move(present: boolean): Promise<readonly Endpoint[]>;
    /** As `move`, without waiting. */
    moveOnly(present: boolean): Promise<void>;
    readonly endpoint: Endpoint;
  }) => Promise<T>,
): Promise<T> {
  const { hands, echo } = setup;
  const act = hands?.[hand]?.bind(hands);
  check(act !== undefined, `setup() has to give hands.${hand}() for this case`);
  const endpoint = await findEndpoint(setup.transport, echo);
  // Where the card lies is not always told without opening: then there is nothing to wait for.
  const told = hand === "plug" || endpoint.facts.card !== undefined;
  const move = async (present: boolean): Promise<readonly Endpoint[]> => {
    await act(present);
    if (!told) return await listed(setup.transport);
    return await untilListed(setup, (all) => isThere(all, echo) === present, {
      otherwise: `list() has to show that ${WHAT[hand]} ${present ? "has come" : "has gone"}`,
    });
  };
  try {
    return await use({ move, moveOnly: act, endpoint });
  } finally {
    await act(true);
  }
}
