/**
 * The OTP application of Token2's FIDO keys: T2F2, PIN+ and relatives, over PC/SC and HID.
 *
 * @module
 */
export * from "./entry.ts";
export * from "./models.ts";
export * from "./agreement.ts";
export * from "./blob.ts";
export * from "./commands.ts";
export * from "./pin_commands.ts";
export * from "./pin_text.ts";
export * from "./port.ts";
export * from "./pin.ts";
export * from "./frames.ts";
export * from "./hid_framing.ts";
export * from "./token.ts";
export * from "./driver.ts";
