/**
 * QR codes on screens: pixels in, codes out.
 *
 * Pure TypeScript without dependencies or anything of a platform. What the words mean: a _module_ is one of the
 * squares that a code is made of, a _check byte_ one that the error correction added.
 *
 * Source of all facts about symbols: ISO/IEC 18004:2015.
 *
 * @module
 */
export type { Level, Modules, Part, Redundancy } from "./codec/mod.ts";
export * from "./qr_code.ts";
export * from "./read_modules.ts";
export * from "./read_codes.ts";
export { CHANNELS, greyOf, type GreyOptions, type Pixels, type Weights } from "./picture/mod.ts";
