/**
 * Small tools for byte strings: hexadecimal, joining, bounds-checked reading.
 *
 * @module
 */
export * from "./hex.ts";
export * from "./concat.ts";
export * from "./cursor.ts";
