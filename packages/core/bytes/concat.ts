/**
 * Joins byte strings into a new array.
 *
 * @example Put a status word behind data
 * ```ts
 * import { concatBytes } from "@otpsmith/core";
 *
 * if (concatBytes([Uint8Array.of(1), Uint8Array.of(0x90, 0)]).length !== 3) throw new Error("unexpected");
 * ```
 */
export function concatBytes(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let offset = 0;
  for (const part of parts) {
    whole.set(part, offset);
    offset += part.length;
  }
  return whole;
}
