/**
 * Token2's FIDO keys with an OTP application, seen from the token's side.
 *
 * @module
 */
export * from "./models.ts";
