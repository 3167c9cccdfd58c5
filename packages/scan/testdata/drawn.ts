import encodeQR from "qr";
import type { Pixels } from "../pixels.ts";

/** How a code is drawn. */
export interface DrawOptions {
  readonly level?: "low" | "medium" | "quartile" | "high";
  readonly version?: number;
  readonly scale?: number;
  readonly margin?: number;
  readonly dark?: number;
  readonly light?: number;
}

/** A code as one boolean a module, without margin. */
export function modulesOf(text: string, { level = "medium", version }: DrawOptions): boolean[][] {
  const drawn = encodeQR(text, "raw", { ecc: level, border: 1, ...(version ? { version } : {}) });
  return drawn.slice(1, -1).map((row) => row.slice(1, -1));
}

/** Paints modules with a margin of four modules, unless another one is given. */
export function paint(modules: readonly (readonly boolean[])[], options: DrawOptions = {}): Pixels {
  const { scale = 3, margin = 4, dark = 0, light = 255 } = options;
  const size = (modules.length + 2 * margin) * scale;
  const data = new Uint8Array(size * size).fill(light);
  for (let y = margin * scale; y < size - margin * scale; y++) {
    for (let x = margin * scale; x < size - margin * scale; x++) {
      const isDark = modules[Math.floor(y / scale) - margin]![Math.floor(x / scale) - margin];
      if (isDark) data[y * size + x] = dark;
    }
  }
  return { width: size, height: size, data };
}

/** Draws a code; shares nothing with the decoders. */
export function draw(text: string, options: DrawOptions = {}): Pixels {
  return paint(modulesOf(text, options), options);
}

/** Numbers from 0 to below 1 that look random and are the same in each run (xorshift32). */
export function randomFrom(seed: number): () => number {
  let state = seed >>> 0 || 1;
  return () => {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    return (state >>> 0) / 2 ** 32;
  };
}

/** Where zxing's WebAssembly is: in its package, or, in a page, on the server of the tests. */
export async function wasm(): Promise<Uint8Array | string> {
  if ("document" in globalThis) return "/zxing_reader.wasm";
  const { createRequire } = await import("node:module");
  const { readFile } = await import("node:fs/promises");
  const { resolve } = createRequire(import.meta.url);
  return await readFile(resolve("zxing-wasm/reader/zxing_reader.wasm"));
}
