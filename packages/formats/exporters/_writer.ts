import type { Secret } from "@otpsmith/core/secret";
import { encodeBase64 } from "../_base64.ts";
import { encodeBase32 } from "../base32.ts";

/** A file that is put together as bytes, so that it can be overwritten: seeds never become strings. */
export class Writer {
  #bytes = new Uint8Array(4096);
  #length = 0;

  /** A text without secrets. */
  text(text: string): this {
    const encoded = new TextEncoder().encode(text);
    return this.#push(encoded);
  }

  /** A seed in base32 without padding, as ASCII. */
  base32(secret: Secret): this {
    return secret.use((bytes) => this.#wipeAfter(encodeBase32(bytes)));
  }

  /** A seed in base64. */
  base64(secret: Secret): this {
    return secret.use((bytes) => this.#wipeAfter(encodeBase64(bytes)));
  }

  /** A seed in hexadecimal, lower case. */
  hex(secret: Secret): this {
    return secret.use((bytes) => {
      const digits = new Uint8Array(2 * bytes.length);
      bytes.forEach((byte, i) => {
        digits[2 * i] = HEX.charCodeAt(byte >> 4);
        digits[2 * i + 1] = HEX.charCodeAt(byte & 15);
      });
      return this.#wipeAfter(digits);
    });
  }

  /** The file; the writer forgets it. */
  take(): Uint8Array {
    const whole = this.#bytes.slice(0, this.#length);
    this.#bytes.fill(0);
    this.#length = 0;
    return whole;
  }

  #wipeAfter(bytes: Uint8Array): this {
    this.#push(bytes);
    bytes.fill(0);
    return this;
  }

  #push(bytes: Uint8Array): this {
    if (this.#length + bytes.length > this.#bytes.length) {
      const larger = new Uint8Array(2 * (this.#length + bytes.length));
      larger.set(this.#bytes.subarray(0, this.#length));
      this.#bytes.fill(0);
      this.#bytes = larger;
    }
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.length;
    return this;
  }
}

const HEX = "0123456789abcdef";

/** A CSV cell with quotes where it needs them (RFC 4180). */
export function csvCell(text: string): string {
  return /[",;\t\r\n]|^\s|\s$/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
}

/** A text for XML content and attributes. */
export function xmlText(text: string): string {
  const entities: Readonly<Record<string, string>> = {
    "&": "&amp;",
    "<": "&lt;",
    ">": "&gt;",
    '"': "&quot;",
    "'": "&apos;",
  };
  return text.replace(/[&<>"']/g, (sign) => entities[sign]!);
}
