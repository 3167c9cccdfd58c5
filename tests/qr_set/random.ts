/** Numbers that look random and are the same in every run and on every runtime (sfc32). */
export class Random {
  #a: number;
  #b: number;
  #c: number;
  #d = 1;

  /** Starts a sequence of its own for each list of words, such as `"blur", seed, index`. */
  constructor(...words: readonly (string | number)[]) {
    let [a, b, c] = [0x9e3779b9, 0x243f6a88, 0xb7e15162];
    for (const character of words.join("\n")) {
      const code = character.codePointAt(0)!;
      a = Math.imul(a ^ code, 0x01000193);
      b = Math.imul(b ^ a, 0x85ebca6b);
      c = (c ^ (b >>> 13)) + code | 0;
    }
    [this.#a, this.#b, this.#c] = [a, b, c];
    for (let i = 0; i < 15; i++) this.#next();
  }

  #next(): number {
    const sum = (this.#a + this.#b | 0) + this.#d | 0;
    this.#d = this.#d + 1 | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = this.#c + (this.#c << 3) | 0;
    this.#c = (this.#c << 21 | this.#c >>> 11) + sum | 0;
    return sum >>> 0;
  }

  /** From `low` up to and not including `high`. */
  real(low = 0, high = 1): number {
    return low + (high - low) * (this.#next() / 0x1_0000_0000);
  }

  /** From `low` to `high`, both included. */
  whole(low: number, high: number): number {
    return Math.floor(this.real(low, high + 1));
  }

  chance(part: number): boolean {
    return this.real() < part;
  }

  pick<T>(values: readonly T[]): T {
    return values[this.whole(0, values.length - 1)]!;
  }

  /** Mean 0, deviation 1: the sum of twelve, which needs no function that runtimes compute differently. */
  normal(): number {
    let sum = -6;
    for (let i = 0; i < 12; i++) sum += this.real();
    return sum;
  }

  bytes(count: number): Uint8Array {
    return Uint8Array.from({ length: count }, () => this.whole(0, 255));
  }
}
