import type { PlanEntry, SeedState } from "./burn_plan.ts";

const PHRASES: Readonly<Record<SeedState, string>> = {
  "old-seed": "the old seed",
  "no-seed": "no seed",
  "new-seed": "the new seed",
};

/**
 * Says in words what a token may hold.
 *
 * @example An interrupted write
 * ```ts
 * import { describeHolds } from "@otpsmith/core";
 *
 * if (describeHolds(["no-seed", "new-seed"]) !== "The token holds no seed or the new seed") {
 *   throw new Error("unexpected");
 * }
 * ```
 */
export function describeHolds(holds: readonly SeedState[]): string {
  return `The token holds ${holds.map((state) => PHRASES[state]).join(" or ")}`;
}

/** What one slot may hold after a work. */
export interface SlotHolds extends Pick<PlanEntry, "slot" | "title"> {
  /** All that it may hold. */
  readonly holds: readonly SeedState[];
}

/**
 * Says in words what the slots of a token may hold; those that hold the same are named together.
 *
 * @example A burn of three seeds that was interrupted at the second
 * ```ts
 * import { describeSlots } from "@otpsmith/core";
 *
 * const text = describeSlots([
 *   { slot: 4, holds: ["new-seed"] },
 *   { slot: 5, holds: ["no-seed", "new-seed"] },
 *   { slot: 6, holds: ["no-seed"] },
 * ]);
 * const wanted = "Slot 4 holds the new seed; slot 5 holds no seed or the new seed; slot 6 holds no seed";
 * if (text !== wanted) throw new Error(text);
 * ```
 */
export function describeSlots(slots: readonly SlotHolds[]): string {
  const [only] = slots;
  if (only && slots.length === 1 && only.slot === undefined) return describeHolds(only.holds);
  const alike = new Map<string, SlotHolds[]>();
  for (const slot of slots) {
    const words = slot.holds.map((state) => PHRASES[state]).join(" or ");
    alike.set(words, [...alike.get(words) ?? [], slot]);
  }
  const text = [...alike].map(([words, of]) => `${nameSlots(of)} ${words}`).join("; ");
  return `${text[0]!.toUpperCase()}${text.slice(1)}`;
}

function nameSlots(slots: readonly SlotHolds[]): string {
  const numbers = slots.map(({ slot }) => slot ?? 0);
  const run = numbers.every((slot, index) => slot === numbers[0]! + index);
  if (numbers.length === 1) return `slot ${numbers[0]} holds`;
  return run && numbers.length > 2
    ? `slots ${numbers[0]} to ${numbers.at(-1)} hold`
    : `slots ${numbers.join(", ")} hold`;
}

/**
 * All that a token may hold when it is not known whether a step was carried out. A step that touches the
 * seed may also have been torn by a loss of power: memory is erased before it is written.
 */
export function mayHold(
  before: readonly SeedState[],
  after: readonly SeedState[] | undefined,
): readonly SeedState[] {
  return after === undefined ? before : [...new Set([...before, "no-seed" as const, ...after])];
}
