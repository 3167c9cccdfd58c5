import { FormatError } from "@otpsmith/core/errors";
import { countDecimals, type ParsedSeed, readDigits } from "./_digits.ts";
import { checkLength } from "./_text.ts";

export type { ParsedSeed, SeedNotation } from "./_digits.ts";

/** What every parser here wants to know. */
export interface SourceOptions {
  /** Where the input came from, for messages: a file name, "standard input". Never its content. */
  readonly source: string;
}

/**
 * Reads a seed that a person typed or pasted as base32. Case, spaces, hyphens and padding are forgiven;
 * a wrong character is pointed at and never repaired. Six or more digits and nothing else are refused:
 * that is a serial number or a code (a base32 seed without letters is as good as impossible).
 *
 * @throws {FormatError} `format/base32`, with the offset in bytes; never any part of the seed.
 *
 * @example Read what was pasted
 * ```ts
 * import { parseBase32Seed } from "@otpsmith/formats";
 *
 * const pasted = new TextEncoder().encode("jbsw y3dp-ehpk 3pxp");
 * const { secret, warnings } = parseBase32Seed(pasted, { source: "prompt" });
 * if (secret.length !== 10 || warnings.length !== 0) throw new Error("unexpected");
 * ```
 */
export function parseBase32Seed(bytes: Uint8Array, options: SourceOptions): ParsedSeed {
  const { source } = options;
  checkLength(bytes, { source, kind: "base32", what: "seed" });
  if (countDecimals(bytes) >= 6) {
    throw new FormatError("base32", "Cannot read seed: it is only digits", {
      source,
      position: 0,
      next:
        "Digits alone are a serial number or a code. A seed in hexadecimal must be named as such.",
    });
  }
  return readDigits(bytes, "base32", { source, what: "seed", kind: "base32" });
}

/**
 * Reads a seed that a person typed or pasted as hexadecimal, and said so: hexadecimal is never guessed.
 * Case, spaces and hyphens are forgiven.
 *
 * @throws {FormatError} `format/hex`, with the offset in bytes; never any part of the seed.
 *
 * @example Read what was pasted
 * ```ts
 * import { parseHexSeed } from "@otpsmith/formats";
 *
 * const pasted = new TextEncoder().encode("48 65 6c 6c 6f");
 * if (parseHexSeed(pasted, { source: "prompt" }).secret.length !== 5) throw new Error("unexpected");
 * ```
 */
export function parseHexSeed(bytes: Uint8Array, options: SourceOptions): ParsedSeed {
  const { source } = options;
  checkLength(bytes, { source, kind: "hex", what: "seed" });
  const { secret, warnings } = readDigits(bytes, "hex", { source, what: "seed", kind: "hex" });
  const decimals = countDecimals(bytes);
  if (decimals < 8 || decimals > 16) return { secret, warnings };
  const serial =
    "The seed is only a few digits long: check that it is not the token's serial number.";
  return { secret, warnings: [...warnings, serial] };
}

/** How long a seed is in each of the two notations that its text can be read in. */
export interface SeedAmbiguity {
  /** Seed length in bytes if the text is base32. */
  readonly base32Bytes: number;
  /** Seed length in bytes if the text is hexadecimal. */
  readonly hexBytes: number;
}

/**
 * Tells whether a text is a whole seed both as base32 and as hexadecimal (it has nothing but A to F and
 * 2 to 7), so that the person can be asked. Gives `undefined` if it is at most one of them.
 *
 * @example Ask before reading
 * ```ts
 * import { describeAmbiguity } from "@otpsmith/formats";
 *
 * const both = describeAmbiguity(new TextEncoder().encode("ABCDEF23ABCDEF23"));
 * if (both?.base32Bytes !== 10 || both.hexBytes !== 8) throw new Error("unexpected");
 * ```
 */
export function describeAmbiguity(bytes: Uint8Array): SeedAmbiguity | undefined {
  const base32Bytes = lengthAs(parseBase32Seed, bytes);
  const hexBytes = lengthAs(parseHexSeed, bytes);
  return base32Bytes && hexBytes ? { base32Bytes, hexBytes } : undefined;
}

function lengthAs(parse: typeof parseHexSeed, bytes: Uint8Array): number | undefined {
  try {
    const { secret } = parse(bytes, { source: "" });
    secret.wipe();
    return secret.length;
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
