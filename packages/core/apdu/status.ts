/** What status words mean in ISO 7816-4, as far as tokens send them. */
const MEANINGS: Readonly<Record<number, string>> = {
  0x9000: "done",
  0x6300: "authentication failed",
  0x6581: "memory failure",
  0x6700: "wrong length",
  0x6982: "not authenticated",
  0x6983: "authentication refused",
  0x6984: "reference data not usable",
  0x6985: "conditions not satisfied",
  0x6a80: "wrong data",
  0x6a81: "function not supported",
  0x6a82: "not found",
  0x6a83: "record not found",
  0x6a84: "no space left",
  0x6a86: "wrong parameters",
  0x6d00: "unknown instruction",
  0x6e00: "unknown class",
  0x6f00: "failure without a diagnosis",
};

/**
 * A status word as a person reads it: `6A80 (wrong data)`.
 *
 * @example Explain a refusal
 * ```ts
 * import { describeStatus } from "@otpsmith/core";
 *
 * if (describeStatus(0x6a80) !== "6A80 (wrong data)") throw new Error("unexpected");
 * ```
 */
export function describeStatus(status: number): string {
  const hex = status.toString(16).padStart(4, "0").toUpperCase();
  const meaning = MEANINGS[status];
  return meaning === undefined ? hex : `${hex} (${meaning})`;
}
