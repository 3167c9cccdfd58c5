/**
 * Token2's single-profile programmable tokens, second generation, seen from the token's side.
 *
 * @module
 */
export * from "./models.ts";
export * from "./info.ts";
export * from "./core.ts";
