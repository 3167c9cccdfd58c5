/**
 * Bytes that must not be seen: a seed, a key, a password.
 *
 * A secret prints as `[secret 20 bytes]` in strings, JSON and inspection, compares by nothing, and can
 * be wiped. The bytes are reached through {@linkcode Secret.use} only, so that each place that sees
 * them can be found by searching for one word.
 *
 * Wiping overwrites the bytes held here. Copies that a JavaScript engine or a caller made are out of
 * reach; strings cannot be wiped at all, which is why parsers of seeds work on bytes.
 *
 * @example A secret does not print itself
 * ```ts
 * import { Secret } from "@otpsmith/core";
 *
 * const seed = Secret.take(Uint8Array.of(1, 2, 3));
 * if (`${seed}` !== "[secret 3 bytes]") throw new Error("seed is visible");
 * seed.wipe();
 * ```
 */
export class Secret {
  #bytes: Uint8Array;
  #wiped = false;

  private constructor(bytes: Uint8Array) {
    this.#bytes = bytes;
  }

  /** Copies the bytes in and overwrites the caller's array with zeros. */
  static take(bytes: Uint8Array): Secret {
    const secret = Secret.copyOf(bytes);
    bytes.fill(0);
    return secret;
  }

  /** Copies the bytes in and leaves the caller's array as it is. */
  static copyOf(bytes: Uint8Array): Secret {
    return new Secret(new Uint8Array(bytes)); // not slice(): on a Node Buffer that shares the memory
  }

  /** How many bytes there are. Stays known after {@linkcode Secret.wipe}. */
  get length(): number {
    return this.#bytes.length;
  }

  /** Whether the bytes are gone. */
  get wiped(): boolean {
    return this.#wiped;
  }

  /**
   * Lends the bytes to `consumer` and returns what it returns. The array is the secret itself, not a
   * copy: read it, do not keep it. An asynchronous consumer has the array until it settles.
   *
   * @throws {TypeError} If the secret has been wiped.
   */
  use<T>(consumer: (bytes: Uint8Array) => T): T {
    if (this.#wiped) throw new TypeError("Cannot use secret: it has been wiped");
    return consumer(this.#bytes);
  }

  /** An independent copy, which must be wiped on its own. */
  clone(): Secret {
    return this.use((bytes) => Secret.copyOf(bytes));
  }

  /** Whether two secrets hold the same bytes, in time that depends on the length alone. */
  equals(other: Secret): boolean {
    return this.use((a) =>
      other.use((b) => {
        if (a.length !== b.length) return false;
        let difference = 0;
        for (let i = 0; i < a.length; i++) difference |= a[i]! ^ b[i]!;
        return difference === 0;
      })
    );
  }

  /** Overwrites the bytes with zeros. Wiping twice is fine. */
  wipe(): void {
    this.#bytes.fill(0);
    this.#wiped = true;
  }

  /** Same as {@linkcode Secret.wipe}, for `using` declarations. */
  [Symbol.dispose](): void {
    this.wipe();
  }

  /** `[secret 20 bytes]` */
  toString(): string {
    return `[secret ${this.#bytes.length} bytes]`;
  }

  /** `[secret 20 bytes]` */
  toJSON(): string {
    return this.toString();
  }

  // The inspectors of Node, Bun and Deno look these up on the prototype.
  static {
    for (const hook of ["nodejs.util.inspect.custom", "Deno.customInspect"]) {
      Object.defineProperty(this.prototype, Symbol.for(hook), { value: this.prototype.toString });
    }
  }
}
