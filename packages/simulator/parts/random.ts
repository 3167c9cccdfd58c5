/** Where a virtual token gets its challenges from. */
export interface RandomSource {
  /** The next `count` bytes. */
  bytes(count: number): Uint8Array;
}

/**
 * Good random bytes.
 *
 * @example Eight of them
 * ```ts
 * import { systemRandom } from "@otpsmith/simulator";
 *
 * if (systemRandom.bytes(8).length !== 8) throw new Error("unexpected");
 * ```
 */
export const systemRandom: RandomSource = {
  bytes: (count: number): Uint8Array => crypto.getRandomValues(new Uint8Array(count)),
};

/**
 * The given bytes over and over: makes a conversation repeat byte for byte.
 *
 * @throws {RangeError} If there is no byte to repeat.
 *
 * @example Always the same challenge
 * ```ts
 * import { repeatingRandom } from "@otpsmith/simulator";
 *
 * const random = repeatingRandom(Uint8Array.of(1, 2));
 * if (random.bytes(3).join() !== "1,2,1" || random.bytes(1)[0] !== 2) throw new Error("unexpected");
 * ```
 */
export function repeatingRandom(pattern: Uint8Array): RandomSource {
  if (pattern.length === 0) throw new RangeError("Cannot repeat bytes: there are none");
  const own = new Uint8Array(pattern);
  let at = 0;
  return {
    bytes: (count) => Uint8Array.from({ length: count }, () => own[at++ % own.length]!),
  };
}
