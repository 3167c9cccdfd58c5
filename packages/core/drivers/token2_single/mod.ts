/**
 * Single-profile programmable tokens of the second generation (Token2 OTPC, miniOTP, C301-i, C302-i and
 * relatives): commands, model table, profiles of other labels.
 *
 * @module
 */
export * from "./profile.ts";
export * from "./profile_token2.ts";
export * from "./models.ts";
export * from "./commands.ts";
export * from "./token.ts";
export * from "./driver.ts";
