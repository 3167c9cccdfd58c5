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

/** Which step of the search read a code. */
export type Decoder = "zxing" | "zxing-denoise" | "jsqr";

/** A QR code that was found in a picture. */
export interface FoundCode {
  /** Its text in UTF-8. May be a seed: overwrite it (`bytes.fill(0)`) after use. */
  readonly bytes: Uint8Array;
  /** Where it lies. Of a text split over several codes: where the first part lies. */
  readonly corners: Corners;
  /** Which step read it. */
  readonly decoder: Decoder;
}
