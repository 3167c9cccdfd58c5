/**
 * Tokens: who they are, what they can do, and the drivers that recognise them.
 *
 * @module
 */
export * from "./traits.ts";
export * from "./token.ts";
export * from "./driver.ts";
export * from "./identify.ts";
