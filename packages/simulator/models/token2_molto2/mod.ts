/**
 * Token2's multi-profile tokens on USB (Molto2, Molto2v2), seen from the token's side.
 *
 * @module
 */
export { MOLTO2_FACTORY_KEY, type Molto2Quirks } from "./core.ts";
export { type Molto2Memory, type Molto2Slot, readMolto2Memory } from "./memory.ts";
