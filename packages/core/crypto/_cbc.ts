import { type Sm4, SM4_BLOCK_BYTES } from "./sm4.ts";

/** Encrypts whole blocks, each mixed with the one before (CBC), into a new array. */
export function encryptCbc(
  cipher: Sm4,
  blocks: Uint8Array,
  { iv }: { iv: Uint8Array },
): Uint8Array {
  const out = blocks.slice();
  let previous = iv;
  for (let at = 0; at < out.length; at += SM4_BLOCK_BYTES) {
    const block = out.subarray(at, at + SM4_BLOCK_BYTES);
    for (let i = 0; i < block.length; i++) block[i]! ^= previous[i]!;
    block.set(cipher.encryptBlock(block));
    previous = block;
  }
  return out;
}
