import type { StepName } from "./decode/ladder.ts";

/** A place in a picture, in pixels from its top left corner. */
export interface Point {
  /** Pixels to the right. */
  readonly x: number;
  /** Pixels down. */
  readonly y: number;
}

/** The corners of a code as its own orientation names them: `topLeft` first, then clockwise. */
export type Corners = readonly [
  topLeft: Point,
  topRight: Point,
  bottomRight: Point,
  bottomLeft: Point,
];

/** A QR code that was found in a picture. */
export interface FoundCode {
  /** Its text in UTF-8. May be a seed: overwrite it (`bytes.fill(0)`) after use. */
  readonly bytes: Uint8Array;
  /** Where it lies. Of a text split over several codes: where the first part lies. */
  readonly corners: Corners;
  /** Which frame or page it is on, counted from 0. */
  readonly frame: number;
  /** Which step of the search read it. */
  readonly step: StepName;
  /** Check bytes that its version and level give it for error correction. */
  readonly checkBytes: number;
  /** How many of them at least were not needed: never less than four. */
  readonly unusedCheckBytes: number;
  /** How many codewords were taken as unknown, because something covers them. */
  readonly erasures: number;
}
