import type { Canvas } from "./canvas.ts";
import type { Corners, Level, Symbol } from "./symbol.ts";

/** A code that a picture shows. */
export interface ShownCode {
  readonly text: string;
  readonly corners: Corners;
  readonly version: number;
  readonly level: Level;
}

/** What a category makes: pixels, and what is to be read in them. */
export interface Drawn {
  readonly canvas: Canvas;
  readonly codes: readonly ShownCode[];
  /** What was done to it, in numbers: pixels a module, the share covered in percent, and so on. */
  readonly facts: Readonly<Record<string, number | string>>;
}

export function shown({ text, version, level }: Symbol, corners: Corners): ShownCode {
  return { text, version, level, corners };
}
