/**
 * Pixels to text, without files, threads or Node: for pages, and for whoever has pixels already.
 *
 * Importing loads no decoder; the first search does.
 *
 * @module
 */
export * from "../pixels.ts";
export * from "../found_code.ts";
export * from "./rung.ts";
export * from "./belief.ts";
export * from "./filters.ts";
export * from "./ladder.ts";
export * from "./climb.ts";
export * from "./grey.ts";
export * from "./screen.ts";
export * from "./zxing.ts";
export * from "./jsqr.ts";
