import type { SeedState } from "./plan.ts";

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
