/**
 * Reads a byte string from front to back and never beyond its end: every length that a device sends is
 * hostile until it has been checked.
 *
 * @example Read a counted text and a big-endian number
 * ```ts
 * import { Cursor } from "@otpsmith/core";
 *
 * const cursor = new Cursor(Uint8Array.of(2, 0x34, 0x32, 0, 0, 1, 0));
 * const text = cursor.ascii(cursor.u8());
 * if (text !== "42" || cursor.u32() !== 256 || cursor.left !== 0) throw new Error("unexpected");
 * ```
 */
export class Cursor {
  readonly #bytes: Uint8Array;
  #at = 0;

  /** Starts at the first byte. */
  constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** How many bytes have not been read yet. */
  get left(): number {
    return this.#bytes.length - this.#at;
  }

  /**
   * The next `count` bytes, as a view.
   *
   * @throws {RangeError} If fewer bytes are left, or the count is not a whole number.
   */
  take(count: number): Uint8Array {
    if (!Number.isInteger(count) || count < 0 || count > this.left) {
      throw new RangeError(
        `Cannot read ${count} bytes at offset ${this.#at}: ${this.left} are left`,
      );
    }
    return this.#bytes.subarray(this.#at, this.#at += count);
  }

  /** Passes over `count` bytes. */
  skip(count: number): this {
    this.take(count);
    return this;
  }

  /** The next byte as a number. */
  u8(): number {
    return this.take(1)[0]!;
  }

  /** The next two bytes, big-endian. */
  u16(): number {
    return this.u8() * 0x100 + this.u8();
  }

  /** The next four bytes, big-endian, unsigned. */
  u32(): number {
    return this.u16() * 0x1_0000 + this.u16();
  }

  /**
   * The next `count` bytes as printable ASCII.
   *
   * @throws {RangeError} If a byte is not printable ASCII.
   */
  ascii(count: number): string {
    const at = this.#at;
    let text = "";
    for (const byte of this.take(count)) {
      if (byte < 0x20 || byte > 0x7e) {
        throw new RangeError(
          `Cannot read text at offset ${at}: byte ${byte} is not printable ASCII`,
        );
      }
      text += String.fromCharCode(byte);
    }
    return text;
  }
}
