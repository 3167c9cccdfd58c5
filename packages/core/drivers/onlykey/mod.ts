/**
 * The TOTP slots of an OnlyKey, over HID reports.
 *
 * @module
 */
export * from "./framing.ts";
export * from "./commands.ts";
export * from "./token.ts";
export * from "./driver.ts";
