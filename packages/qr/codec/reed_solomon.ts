/**
 * Reed-Solomon codes over GF(2⁸) as QR codes use them (ISO/IEC 18004:2015 §7.5, Annex A): field polynomial
 * x⁸+x⁴+x³+x²+1, the roots of the generator are α⁰, α¹, …
 *
 * The way of correction is the one of textbooks (Blahut, "Algebraic Codes for Data Transmission", ch. 7):
 * syndromes, erasure locator, Berlekamp-Massey started from it, Chien search, Forney's formula.
 *
 * @module
 */

/** Stands for the logarithm of 0: whatever is added to it, its power below is 0. */
const LOG_OF_ZERO = 511;
/** Powers of α, twice over, so that sums of two logarithms need no modulo; then zeros. */
const EXP = new Uint8Array(2 * LOG_OF_ZERO + 1);
const LOG = new Uint16Array(256).fill(LOG_OF_ZERO);
for (let i = 0, x = 1; i < 255; i++, x = x << 1 ^ (x & 0x80 ? 0x11d : 0)) {
  EXP[i] = EXP[i + 255] = x;
  LOG[x] = i;
}

function multiply(a: number, b: number): number {
  return EXP[LOG[a]! + LOG[b]!]!;
}

/** `b` must not be 0. */
function divide(a: number, b: number): number {
  return a === 0 ? 0 : EXP[LOG[a]! + 255 - LOG[b]!]!;
}

/** The value of a polynomial, lowest coefficient first, at the power of α. */
function valueAt(polynomial: Uint8Array, power: number): number {
  let value = 0;
  for (let i = polynomial.length - 1; i >= 0; i--) {
    value = EXP[LOG[value]! + power]! ^ polynomial[i]!;
  }
  return value;
}

/** What correcting a block took. */
export interface Correction {
  /** Wrong bytes that were found at places nobody had pointed at. Each costs two check bytes. */
  readonly errors: number;
  /** Places that were pointed at, wrong or not. Each costs one check byte. */
  readonly erasures: number;
}

/**
 * Corrects a block in place, data and then check bytes. Gives back what it took, or undefined, with the
 * block as it was, if more is damaged than the check bytes can restore.
 *
 * A block whose check bytes are all used always gives something: what it gives is only as good as the check
 * bytes that were left (see `evidence.ts`).
 *
 * @param block up to 255 bytes
 * @param options.check number of check bytes
 * @param options.erased places whose bytes are not to be trusted, each once
 */
export function correctBlock(
  block: Uint8Array,
  { check, erased }: { readonly check: number; readonly erased: readonly number[] },
): Correction | undefined {
  if (erased.length > check) return undefined;
  const syndromes = new Uint8Array(check);
  if (!fillSyndromes(block, syndromes)) return { errors: 0, erasures: erased.length };
  const locator = errorLocator(syndromes, erased.map((place) => block.length - 1 - place));
  const degree = lastNonZero(locator);
  const errors = degree - erased.length;
  if (errors < 0 || erased.length + 2 * errors > check) return undefined;
  const places = rootsOf(locator, block.length);
  if (places.length !== degree) return undefined;
  const original = block.slice();
  const evaluator = evaluatorOf(syndromes, locator);
  for (const power of places) {
    const inverse = (255 - power) % 255;
    const slope = derivativeAt(locator, inverse);
    const error = divide(multiply(EXP[power]!, valueAt(evaluator, inverse)), slope);
    const place = block.length - 1 - power;
    block[place] = block[place]! ^ error;
  }
  if (!fillSyndromes(block, syndromes)) {
    original.fill(0);
    return { errors, erasures: erased.length };
  }
  block.set(original);
  original.fill(0);
  return undefined;
}

/** Fills in the values of the block at the roots. Returns whether one of them is not zero. */
function fillSyndromes(block: Uint8Array, syndromes: Uint8Array): boolean {
  let any = 0;
  for (let i = 0; i < syndromes.length; i++) {
    let value = 0;
    for (let j = 0; j < block.length; j++) {
      value = EXP[LOG[value]! + i]! ^ block[j]!;
    }
    syndromes[i] = value;
    any |= value;
  }
  return any !== 0;
}

/** Berlekamp-Massey, started with the locator of the erasures, given as powers of α. */
function errorLocator(syndromes: Uint8Array, erasures: readonly number[]): Uint8Array {
  const check = syndromes.length;
  let locator = new Uint8Array(check + 1);
  locator[0] = 1;
  for (let count = 0; count < erasures.length; count++) {
    const power = erasures[count]!;
    for (let i = count + 1; i > 0; i--) {
      locator[i] = locator[i]! ^ EXP[LOG[locator[i - 1]!]! + power]!;
    }
  }
  const spare = locator.slice();
  let next = locator.slice();
  let length = erasures.length;
  for (let step = erasures.length; step < check; step++) {
    let discrepancy = 0;
    for (let i = 0; i <= step; i++) discrepancy ^= multiply(locator[i]!, syndromes[step - i]!);
    spare.copyWithin(1, 0); // times x
    spare[0] = 0;
    if (discrepancy === 0) continue;
    const log = LOG[discrepancy]!;
    for (let i = 0; i <= check; i++) next[i] = locator[i]! ^ EXP[log + LOG[spare[i]!]!]!;
    if (2 * length <= step + erasures.length) {
      length = step + 1 + erasures.length - length;
      for (let i = 0; i <= check; i++) spare[i] = divide(locator[i]!, discrepancy);
    }
    [locator, next] = [next, locator];
  }
  return locator;
}

function lastNonZero(polynomial: Uint8Array): number {
  let degree = polynomial.length - 1;
  while (degree > 0 && polynomial[degree] === 0) degree--;
  return degree;
}

/** The powers of α, below the length of the block, whose inverses are roots. */
function rootsOf(locator: Uint8Array, length: number): readonly number[] {
  const powers = [];
  const short = locator.subarray(0, lastNonZero(locator) + 1);
  for (let power = 0; power < length; power++) {
    if (valueAt(short, (255 - power) % 255) === 0) powers.push(power);
  }
  return powers;
}

function evaluatorOf(syndromes: Uint8Array, locator: Uint8Array): Uint8Array {
  const evaluator = new Uint8Array(syndromes.length);
  for (let n = 0; n < evaluator.length; n++) {
    for (let i = 0; i <= n; i++) evaluator[n]! ^= multiply(locator[i]!, syndromes[n - i]!);
  }
  return evaluator;
}

/** Of a polynomial over a field of characteristic 2 only the odd powers are left. */
function derivativeAt(polynomial: Uint8Array, power: number): number {
  let sum = 0;
  for (let i = 1; i < polynomial.length; i += 2) {
    sum ^= multiply(polynomial[i]!, EXP[power * (i - 1) % 255]!);
  }
  return sum;
}
