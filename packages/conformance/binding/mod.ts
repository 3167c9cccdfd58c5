/**
 * Cases for PC/SC bindings.
 *
 * @module
 */
export * from "./cases.ts";
