const HASHES = ["SHA-1", "SHA-256", "SHA-512"] as const;

/**
 * HMAC of the runtime's own making: another implementation than the drivers have.
 *
 * @param algorithm 1 SHA-1, 2 SHA-256, 3 SHA-512
 */
export async function mac(
  algorithm: number,
  key: Uint8Array,
  message: Uint8Array,
): Promise<Uint8Array> {
  const hash = HASHES[algorithm - 1]!;
  // An empty key counts as one of zeros, and not every runtime takes it.
  const bytes = key.length > 0 ? Uint8Array.from(key) : new Uint8Array(1);
  const imported = await crypto.subtle.importKey("raw", bytes, { name: "HMAC", hash }, false, [
    "sign",
  ]);
  return new Uint8Array(await crypto.subtle.sign("HMAC", imported, Uint8Array.from(message)));
}

/** The four bytes that a code is made of (RFC 4226); both cards that were measured clear the top bit. */
export function truncated(digest: Uint8Array): Uint8Array {
  const at = digest.at(-1)! & 0x0f;
  return Uint8Array.of(digest[at]! & 0x7f, ...digest.subarray(at + 1, at + 4));
}

/** Whether two byte strings are the same. */
export function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
