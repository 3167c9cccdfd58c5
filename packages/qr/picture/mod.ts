/**
 * Pixels and their brightness.
 *
 * @module
 */
export { closeGaps, type Gap } from "./close_gaps.ts";
export * from "./grey_of.ts";
export { CHANNELS, Line, LUMA, type Pixels, Raster, type Weights } from "./pixels.ts";
