const BLOCK_BYTES = 16;

/**
 * Pads by method 2 of ISO/IEC 9797-1: a byte `80`, then zeros up to a multiple of 16. **Always** at
 * least one byte, so a message that fills its last block gets a whole block more: tokens refuse a seed
 * of 16 or 32 bytes without it, or cut it where it happens to end in `80 00 …`.
 *
 * The result holds the message: overwrite it when the message is a secret.
 *
 * @example One byte fills a block, sixteen fill two
 * ```ts
 * import { encodeHex, padIso9797 } from "@otpsmith/core";
 *
 * if (encodeHex(padIso9797(Uint8Array.of(0x42))) !== "42800000000000000000000000000000") throw new Error("short");
 * if (padIso9797(new Uint8Array(16)).length !== 32) throw new Error("no block was added");
 * ```
 */
export function padIso9797(message: Uint8Array): Uint8Array {
  const padded = new Uint8Array((Math.floor(message.length / BLOCK_BYTES) + 1) * BLOCK_BYTES);
  padded.set(message);
  padded[message.length] = 0x80;
  return padded;
}

/**
 * Takes off the padding of {@linkcode padIso9797}: everything from the last `80` that only zeros follow.
 *
 * Padding shorter or longer than one block cannot be told from a message that ends that way, so only
 * its presence is checked.
 *
 * @returns A copy of the message, or `undefined` where there is no such padding.
 *
 * @example There and back
 * ```ts
 * import { padIso9797, unpadIso9797 } from "@otpsmith/core";
 *
 * const message = Uint8Array.of(1, 2, 0x80, 0);
 * if (unpadIso9797(padIso9797(message))?.length !== 4) throw new Error("cut");
 * if (unpadIso9797(message.subarray(0, 2)) !== undefined) throw new Error("padding was invented");
 * ```
 */
export function unpadIso9797(padded: Uint8Array): Uint8Array | undefined {
  let end = padded.length - 1;
  while (end >= 0 && padded[end] === 0) end--;
  return padded[end] === 0x80 ? new Uint8Array(padded.subarray(0, end)) : undefined;
}
