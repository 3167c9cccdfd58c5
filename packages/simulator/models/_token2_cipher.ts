import { concatBytes } from "@otpsmith/core/bytes";
import { Sm4 } from "@otpsmith/core/crypto";

const BLOCK = 16;
const MAC_BYTES = 4;

/**
 * The token's half of the family's secure messaging. Written apart from the drivers' half on purpose:
 * a mistake that both made would cancel itself out.
 */
export class TokenCipher {
  readonly #sm4: Sm4;

  /** Takes the 16-byte key; the array is not kept. */
  constructor(key: Uint8Array) {
    this.#sm4 = new Sm4(key);
  }

  /** Whether `answer` is the challenge of 8 bytes and 8 zeros, encrypted as one block. */
  isAnswer(challenge: Uint8Array, answer: Uint8Array): boolean {
    return same(
      this.#sm4.encryptBlock(concatBytes([challenge, new Uint8Array(BLOCK - 8)])),
      answer,
    );
  }

  /** Takes the MAC off the data of a CLA 84 command; `undefined` where it is wrong. */
  open(header: Uint8Array, data: Uint8Array): Uint8Array | undefined {
    const body = data.subarray(0, data.length - MAC_BYTES);
    // The class byte that is sent is 84, the one that is authenticated is 80.
    const message = concatBytes([
      Uint8Array.of(0x80, header[1]!, header[2]!, header[3]!, body.length),
      body,
    ]);
    return same(this.#mac(message), data.subarray(body.length)) ? body : undefined;
  }

  /** Decrypts whole blocks, each on its own. */
  decrypt(blocks: Uint8Array): Uint8Array {
    const plain = new Uint8Array(blocks.length);
    for (let at = 0; at < blocks.length; at += BLOCK) {
      plain.set(this.#sm4.decryptBlock(blocks.subarray(at, at + BLOCK)), at);
    }
    return plain;
  }

  /** CBC from a block of zeros; padded with 80 00… only where the length asks for padding. */
  #mac(message: Uint8Array): Uint8Array {
    const padded = new Uint8Array(Math.ceil(message.length / BLOCK) * BLOCK);
    padded.set(message);
    if (message.length < padded.length) padded[message.length] = 0x80;
    let chain: Uint8Array = new Uint8Array(BLOCK);
    for (let at = 0; at < padded.length; at += BLOCK) {
      chain = this.#sm4.encryptBlock(chain.map((byte, i) => byte ^ padded[at + i]!));
    }
    return chain.subarray(0, MAC_BYTES);
  }
}

function same(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, i) => byte === b[i]);
}
