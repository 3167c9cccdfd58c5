import { concatBytes } from "../../bytes/mod.ts";
import type { RuntimeKey } from "./agreement.ts";

const BLOCK = 16;

/** What AES-256 in CBC mode is done with. */
export interface CbcParts {
  readonly key: Uint8Array;
  readonly iv: Uint8Array;
}

/** Encrypts, with the padding of PKCS#7. */
export async function encryptPadded(
  { key, iv }: CbcParts,
  data: Uint8Array,
): Promise<Uint8Array> {
  const { subtle } = crypto;
  const bytes = Uint8Array.from(data);
  try {
    return new Uint8Array(
      await subtle.encrypt(
        { name: "AES-CBC", iv: Uint8Array.from(iv) },
        await importKey(key),
        bytes,
      ),
    );
  } finally {
    bytes.fill(0);
  }
}

/** Encrypts whole blocks, without padding: the block of padding that the runtime adds is left out. */
export async function encryptBlocks(parts: CbcParts, data: Uint8Array): Promise<Uint8Array> {
  if (data.length % BLOCK !== 0) throw new RangeError("Cannot encrypt: it is no whole blocks");
  return (await encryptPadded(parts, data)).slice(0, data.length);
}

/** Decrypts, and takes the padding of PKCS#7 off. */
export async function decryptPadded(
  { key, iv }: CbcParts,
  data: Uint8Array,
): Promise<Uint8Array> {
  const { subtle } = crypto;
  try {
    return new Uint8Array(
      await subtle.decrypt(
        { name: "AES-CBC", iv: Uint8Array.from(iv) },
        await importKey(key),
        Uint8Array.from(data),
      ),
    );
  } catch (cause) {
    throw new RangeError("Cannot decrypt: the length or the padding is wrong", { cause });
  }
}

/**
 * Decrypts whole blocks that have no padding: a block is put behind them that decrypts to one, since the
 * runtime insists on it.
 */
export async function decryptBlocks(parts: CbcParts, data: Uint8Array): Promise<Uint8Array> {
  const { key, iv } = parts;
  const last = data.length > 0 ? data.subarray(-BLOCK) : iv;
  const padding = await encryptPadded({ key, iv: last }, new Uint8Array(0));
  return await decryptPadded(parts, concatBytes([data, padding]));
}

async function importKey(key: Uint8Array): Promise<RuntimeKey> {
  const bytes = Uint8Array.from(key);
  try {
    return await crypto.subtle.importKey("raw", bytes, "AES-CBC", false, ["encrypt", "decrypt"]);
  } finally {
    bytes.fill(0);
  }
}
