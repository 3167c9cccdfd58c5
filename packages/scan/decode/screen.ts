import { readCodes } from "@otpsmith/qr";
import { toSymbol } from "./_content.ts";
import { isBelieved } from "./belief.ts";
import type { Rung } from "./rung.ts";

/**
 * The decoder of this project, `@otpsmith/qr`: faint and covered codes, and those of which a finder pattern is
 * missing, as long as they stand upright. It needs nothing but JavaScript.
 *
 * @example Look at a white square
 * ```ts
 * import { screen } from "@otpsmith/scan/decode";
 *
 * const white = { width: 64, height: 64, data: new Uint8Array(64 * 64).fill(255) };
 * const sight = await screen().look(white);
 * if (!sight || sight.symbols.length > 0) throw new Error("found something in nothing");
 * ```
 */
export function screen(): Rung {
  const nowhere = { x: 0, y: 0 };
  const corners = [nowhere, nowhere, nowhere, nowhere] as const;
  return {
    name: "screen",
    look(pixels) {
      // What is not believed is looked at in another way: there may be a better one.
      const { codes } = readCodes(pixels, {
        accept: (content) => isBelieved(toSymbol(content, corners)),
      });
      const symbols = codes.map((code) => toSymbol(code, code.corners));
      return Promise.resolve({ symbols, unreadable: [] });
    },
  };
}
