import { encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { check } from "../_check.ts";
import type {
  MakeTokens,
  TokensUnderTest,
  TokensWanted,
  TokenTruth,
  TokenUnderTest,
} from "./port.ts";

/** The seed a token holds when a case begins. */
export const OLD_SEED: readonly number[] = Array.from({ length: 20 }, (_, i) => 0x40 + i);
/** The seed that a case burns: 20 bytes, as services give them. */
export const NEW_SEED: readonly number[] = Array.from({ length: 20 }, (_, i) => 0xa0 + i * 3);
/** What an owner shows a token that was made without such a thing: letters and digits. */
export const OWNERS: readonly number[] = [0x6b, 0x31, 0x74, 0x39, 0x6f, 0x77, 0x35, 0x6e];

/** A copy of the bytes. */
export function secret(bytes: readonly number[]): Secret {
  return Secret.take(Uint8Array.from(bytes));
}

/** Makes tokens that hold {@linkcode OLD_SEED} for the time of one function. */
export async function withTokens<T>(
  make: MakeTokens,
  use: (tokens: TokensUnderTest & { readonly token: TokenUnderTest }) => Promise<T>,
  options: Partial<TokensWanted> = {},
): Promise<T> {
  const seed = secret(OLD_SEED);
  const tokens = await make({ count: 1, seed, ...options });
  const [token] = tokens.tokens;
  check(
    token !== undefined && tokens.tokens.length === (options.count ?? 1),
    "tokens() has to make as many tokens as it is asked for",
  );
  try {
    return await use({ ...tokens, token });
  } finally {
    for (const { faults } of tokens.tokens) faults.release();
    await tokens.transport[Symbol.asyncDispose]();
    await tokens.dispose?.();
  }
}

/** Parts of what a token keeps. */
export type Part = keyof TokenTruth;

/** The parts in which two truths differ. */
export function changes(before: TokenTruth, after: TokenTruth): readonly Part[] {
  return (Object.keys(before) as Part[]).filter((part) =>
    part === "seed" ? !sameSeed(before.seed, after.seed) : before[part] !== after[part]
  );
}

/** Whether both are the same seed, or none. */
export function sameSeed(a: Secret | null, b: Secret | null): boolean {
  if (a === null || b === null) return a === b;
  return a.equals(b);
}

/** What a token holds, in the words of a burn; `undefined` for a seed that nobody gave it. */
export function seedState(
  { seed }: TokenTruth,
  newSeed: readonly number[] = NEW_SEED,
): "old-seed" | "new-seed" | "no-seed" | undefined {
  if (seed === null || seed.length === 0) return "no-seed";
  if (seed.equals(secret(OLD_SEED))) return "old-seed";
  return seed.equals(secret(newSeed)) ? "new-seed" : undefined;
}

/** Four bytes of a seed side by side, as hexadecimal, anywhere in the text. */
export function showsSeed(text: string, seed: readonly number[]): boolean {
  const searched = text.toUpperCase();
  return seed.slice(3).some((_, at) =>
    searched.includes(encodeHex(Uint8Array.from(seed.slice(at, at + 4))))
  );
}
