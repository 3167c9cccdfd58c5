/**
 * Protectimus SLIM NFC tokens: code, what the token says of itself, and clock. Seeds are not written.
 *
 * @module
 */
export * from "./framing.ts";
export * from "./commands.ts";
export * from "./token.ts";
export * from "./driver.ts";
