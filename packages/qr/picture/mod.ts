/**
 * Pixels and their brightness.
 *
 * @module
 */
export { CHANNELS, LUMA, type Pixels, Raster, type Weights } from "./pixels.ts";
