/** Bytes in an SM4 block, and in an SM4 key. */
export const SM4_BLOCK_BYTES = 16;

/**
 * The block cipher SM4 (GB/T 32907-2016, also RFC 8998 and ISO/IEC 18033-3): 128-bit key, 128-bit
 * block, 32 rounds. Written from the standard, because browsers, Electron and FIPS builds have none.
 *
 * The S-box is looked up in a table, so the time taken depends on the key: good for talking to a token
 * on one's own desk, not for a server that strangers can time.
 *
 * @example The example of the standard
 * ```ts
 * import { decodeHex, encodeHex, Sm4 } from "@otpsmith/core";
 *
 * const block = decodeHex("0123456789ABCDEFFEDCBA9876543210");
 * const cipher = new Sm4(block);
 * const sealed = cipher.encryptBlock(block);
 * if (encodeHex(sealed) !== "681EDF34D206965E86B3E94F536E4246") throw new Error("wrong cipher");
 * if (encodeHex(cipher.decryptBlock(sealed)) !== encodeHex(block)) throw new Error("wrong inverse");
 * cipher.wipe();
 * ```
 */
export class Sm4 {
  readonly #roundKeys = new Uint32Array(32);
  #wiped = false;

  /**
   * Expands the key; the array is not kept.
   *
   * @throws {RangeError} If the key does not have 16 bytes.
   */
  constructor(key: Uint8Array) {
    if (key.length !== SM4_BLOCK_BYTES) {
      throw new RangeError(`Cannot use SM4 key: it has ${key.length} bytes, 16 are wanted`);
    }
    const k = readBlock(key).map((word, i) => word ^ SYSTEM[i]!);
    for (let i = 0; i < 32; i++) {
      const b = substitute(k[1]! ^ k[2]! ^ k[3]! ^ CONSTANTS[i]!);
      const next = k[0]! ^ b ^ rotate(b, 13) ^ rotate(b, 23);
      k.copyWithin(0, 1);
      k[3] = this.#roundKeys[i] = next;
    }
    k.fill(0);
  }

  /**
   * Encrypts 16 bytes into a new array.
   *
   * @throws {RangeError} If the block does not have 16 bytes.
   * @throws {TypeError} If the key has been wiped.
   */
  encryptBlock(block: Uint8Array): Uint8Array {
    return this.#run(block, 0);
  }

  /**
   * Decrypts 16 bytes into a new array.
   *
   * @throws {RangeError} If the block does not have 16 bytes.
   * @throws {TypeError} If the key has been wiped.
   */
  decryptBlock(block: Uint8Array): Uint8Array {
    return this.#run(block, 31); // the round keys from last to first
  }

  /** Overwrites the round keys with zeros. Wiping twice is fine; using the cipher afterwards is not. */
  wipe(): void {
    this.#roundKeys.fill(0);
    this.#wiped = true;
  }

  #run(block: Uint8Array, first: 0 | 31): Uint8Array {
    if (this.#wiped) throw new TypeError("Cannot use SM4: its key has been wiped");
    if (block.length !== SM4_BLOCK_BYTES) {
      throw new RangeError(`Cannot run SM4: the block has ${block.length} bytes, 16 are wanted`);
    }
    let [x0, x1, x2, x3] = readBlock(block) as unknown as [number, number, number, number];
    for (let i = 0; i < 32; i++) {
      const b = substitute(x1 ^ x2 ^ x3 ^ this.#roundKeys[i ^ first]!);
      const next = x0 ^ b ^ rotate(b, 2) ^ rotate(b, 10) ^ rotate(b, 18) ^ rotate(b, 24);
      [x0, x1, x2, x3] = [x1, x2, x3, next];
    }
    const out = new Uint8Array(SM4_BLOCK_BYTES);
    const view = new DataView(out.buffer);
    [x3, x2, x1, x0].forEach((word, i) => view.setUint32(4 * i, word));
    return out;
  }
}

function readBlock(bytes: Uint8Array): Uint32Array {
  const view = new DataView(bytes.buffer, bytes.byteOffset, SM4_BLOCK_BYTES);
  return Uint32Array.of(0, 4, 8, 12).map((at) => view.getUint32(at));
}

function rotate(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}

/** The S-box on each of the four bytes of a word. */
function substitute(word: number): number {
  return SBOX[word >>> 24]! << 24 | SBOX[word >>> 16 & 255]! << 16 | SBOX[word >>> 8 & 255]! << 8 |
    SBOX[word & 255]!;
}

/** System parameter FK, section 7.3 of the standard. */
const SYSTEM = Uint32Array.of(0xa3b1bac6, 0x56aa3350, 0x677d9197, 0xb27022dc);

/** Constants CK, section 7.3: byte j of word i is (4i + j) * 7 modulo 256. */
const CONSTANTS = Uint32Array.from(
  { length: 32 },
  (_, i) => [0, 1, 2, 3].reduce((word, j) => word << 8 | (4 * i + j) * 7 & 255, 0),
);

/** S-box, section 6.2. */
const SBOX = Uint8Array.from(
  (`D690E9FECCE13DB716B614C228FB2C052B679A762ABE04C3AA44132649860699` +
    `9C4250F491EF987A33540B43EDCFAC62E4B31CA9C908E89580DF94FA758F3FA6` +
    `4707A7FCF37317BA83593C19E6854FA8686B81B27164DA8BF8EB0F4B70569D35` +
    `1E240E5E6358D1A225227C3B01217887D40046579FD327524C3602E7A0C4C89E` +
    `EABF8AD240C738B5A3F7F2CEF96115A1E0AE5DA49B341A55AD933230F58CB1E3` +
    `1DF6E22E8266CA60C02923AB0D534E6FD5DB3745DEFD8E2F03FF6A726D6C5B51` +
    `8D1BAF92BBDDBC7F11D95C411F105AD80AC13188A5CD7BBD2D74D012B8E5B4B0` +
    `8969974A0C96777E65B9F109C56EC68418F07DEC3ADC4D2079EE5F3ED7CB3948`).match(/../g)!,
  (pair) => parseInt(pair, 16),
);
