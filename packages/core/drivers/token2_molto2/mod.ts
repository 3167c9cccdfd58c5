/**
 * Multi-profile tokens of Token2 on USB (Molto2, Molto2v2) and relatives: commands, profiles of other
 * labels, slots, customer key, reset.
 *
 * @module
 */
export * from "./profile.ts";
export * from "./profile_token2.ts";
export * from "./commands.ts";
export * from "./write_commands.ts";
export * from "./token.ts";
export * from "./driver.ts";
