import type { TimeSource } from "@otpsmith/core/time";
import { overrideCard } from "./_override_card.ts";
import type { VirtualCard } from "./card.ts";

/**
 * How a reader that speaks T=0 to its card hands the protocol through:
 *
 * - `61`: answers that have data wait, `61 xx` says how long they are, GET RESPONSE fetches them.
 * - `6C`: `6C xx` asks for the same command again with the right Le.
 */
export type ReaderQuirk = "61" | "6C";

/**
 * A card that takes its time.
 *
 * @example A card that needs 10 ms, as a real reader does
 * ```ts
 * import { systemTime } from "@otpsmith/core";
 * import { createVirtualToken, slowCard } from "@otpsmith/simulator";
 *
 * const { card } = createVirtualToken({ model: "token2-single:C302-i" });
 * const slow = slowCard(card, { milliseconds: 10, time: systemTime });
 * await slow.process(Uint8Array.of(0x80, 0x41, 0, 0, 0));
 * ```
 */
export function slowCard(
  card: VirtualCard,
  options: { readonly milliseconds: number; readonly time: TimeSource },
): VirtualCard {
  return overrideCard(card, {
    process: async (command) => {
      await options.time.sleep(options.milliseconds);
      return await card.process(command);
    },
  });
}

/**
 * A card in a reader that shows its T=0 protocol. The token itself runs each command once.
 *
 * @example The answer has to be fetched
 * ```ts
 * import { createVirtualToken, t0Card } from "@otpsmith/simulator";
 *
 * const { card } = createVirtualToken({ model: "token2-single:C302-i" });
 * const t0 = t0Card(card, "61");
 * const first = await t0.process(Uint8Array.of(0x80, 0x41, 0, 0, 2, 0x02, 0x11));
 * if (first[0] !== 0x61) throw new Error("unexpected");
 * const rest = await t0.process(Uint8Array.of(0x00, 0xc0, 0, 0, first[1]!));
 * if (rest.at(-2) !== 0x90) throw new Error("unexpected");
 * ```
 */
export function t0Card(card: VirtualCard, quirk: ReaderQuirk): VirtualCard {
  let waiting: { readonly header: Uint8Array; readonly answer: Uint8Array } | undefined;
  const process = async (command: Uint8Array): Promise<Uint8Array> => {
    const held = waiting;
    waiting = undefined;
    const asksAgain = held &&
      (quirk === "61" ? command[1] === 0xc0 : held.header.every((byte, i) => byte === command[i]));
    if (asksAgain && command.at(-1) === held.answer.length - 2) return held.answer;
    const answer = await card.process(command);
    const bytes = answer.length - 2;
    if (bytes === 0 || bytes > 0xff) return answer;
    if (quirk === "6C" && command.length === 5 && command[4] === bytes) return answer;
    waiting = { header: Uint8Array.from(command.subarray(0, 4)), answer };
    return Uint8Array.of(quirk === "61" ? 0x61 : 0x6c, bytes);
  };
  return overrideCard(card, {
    process,
    power: (event) => {
      waiting = undefined;
      card.power(event);
    },
  });
}
