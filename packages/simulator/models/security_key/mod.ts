/**
 * Security keys with an OATH application (YKOATH), seen from the token's side: YubiKey, CanoKey, pico-fido.
 *
 * @module
 */
export * from "./models.ts";
