import type { CallOptions } from "../link/mod.ts";
import type { SlotState, Token } from "../token/mod.ts";
import type { BurnRequest } from "./request.ts";

/**
 * Reads what a plan has to know of a token's slots, and no more: the ones that are named, and for `next`
 * as many as are needed to find free ones. A token with one place for a seed has none to read.
 *
 * @throws {LinkError} If the conversation failed.
 * @throws {TokenError} If the token refused.
 *
 * @example A token with one place for a seed
 * ```ts
 * import { readSlots } from "@otpsmith/core";
 * import { findModel, modelTraits, token2Profile } from "@otpsmith/core/drivers/token2_single";
 *
 * const traits = modelTraits(findModel("86596321234567", [token2Profile])!);
 * if ((await readSlots({ traits }, [{ slot: 1 }])).length !== 0) throw new Error("unexpected");
 * ```
 */
export async function readSlots(
  { traits, slots }: Pick<Token, "traits" | "slots">,
  requests: readonly Pick<BurnRequest, "slot" | "title">[],
  options: CallOptions = {},
): Promise<readonly SlotState[]> {
  if (!slots || !traits) return [];
  if (traits.slots.foundBy === "title") return await slots.list(options);
  const { first = 0, count } = traits.slots;
  const named = new Set(requests.flatMap(({ slot }) => typeof slot === "number" ? [slot] : []));
  const found: SlotState[] = [];
  let wanted = requests.filter(({ slot }) => slot === "next").length;
  for (let slot = first; slot < first + count; slot++) {
    if (wanted === 0 && !named.has(slot)) continue;
    const state = await slots.read({ slot }, options);
    if (!state.occupied && !named.has(slot)) wanted--;
    found.push(state);
  }
  return found;
}
