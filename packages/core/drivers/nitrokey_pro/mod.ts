/**
 * The TOTP slots of a Nitrokey Pro or Storage, over feature reports.
 *
 * @module
 */
export * from "./commands.ts";
export * from "./framing.ts";
export * from "./token.ts";
export * from "./driver.ts";
