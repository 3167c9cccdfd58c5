import type { Corners } from "../found_code.ts";
import type { Pixels } from "../pixels.ts";

/** A symbol as a rung read it. */
export interface ReadSymbol {
  /** Its content; in UTF-8 unless the code itself is in no known character set. */
  readonly bytes: Uint8Array;
  readonly corners: Corners;
  /** All check bytes of the symbol: what its version and level give it for error correction. */
  readonly checkBytes: number;
  /**
   * How many of them at least were not needed to correct it. An error uses two, an erasure one. Each that
   * is left speaks for the text with one chance in 256 of being wrong.
   */
  readonly unusedCheckBytes: number;
  /** How many codewords were taken as unknown, because something covers them. */
  readonly erasures: number;
  /** Place in a text that is split over several symbols. */
  readonly part:
    | { readonly id: string; readonly index: number; readonly count: number }
    | undefined;
}

/** What a rung saw in a picture. */
export interface Sight {
  readonly symbols: readonly ReadSymbol[];
  /** Where codes were seen whose error correction failed: too much of them is covered or damaged. */
  readonly unreadable: readonly Corners[];
}

/** How a rung may look. */
export interface LookOptions {
  /** Also with thin lines and gaps closed, which takes longer. */
  readonly denoise?: boolean;
}

/**
 * One decoder of the ladder: pixels in, symbols out. It believes nothing and refuses nothing;
 * {@linkcode isBelieved} does.
 */
export interface Rung {
  readonly name: RungName;
  /** Looks at a picture and leaves it as it is. `undefined` if the decoder cannot run here at all. */
  look(pixels: Pixels, options?: LookOptions): Promise<Sight | undefined>;
}

/** The decoders there are. */
export type RungName = "screen" | "zxing" | "jsqr";
