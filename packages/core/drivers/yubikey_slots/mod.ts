/**
 * The two OTP slots of a YubiKey, used as TOTP by challenge and answer: over PC/SC and over HID.
 *
 * @module
 */
export * from "./record.ts";
export * from "./status.ts";
export * from "./commands.ts";
export * from "./hid_framing.ts";
export * from "./port.ts";
export * from "./token.ts";
export * from "./driver.ts";
