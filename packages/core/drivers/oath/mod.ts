/**
 * Security keys with an OATH application (YKOATH): YubiKey, CanoKey, pico-fido and others.
 *
 * @module
 */
export * from "./credential.ts";
export * from "./models.ts";
export * from "./password.ts";
export * from "./commands.ts";
export * from "./management.ts";
export * from "./port.ts";
export * from "./access.ts";
export * from "./pin.ts";
export * from "./ctaphid.ts";
export * from "./token.ts";
export * from "./driver.ts";
