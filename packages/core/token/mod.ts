/**
 * Tokens: who they are, what they can do, and the drivers that recognise them.
 *
 * @module
 */
export * from "./traits.ts";
export * from "./touch.ts";
export * from "./slots.ts";
export * from "./access.ts";
export * from "./token.ts";
export * from "./driver.ts";
export * from "./identify.ts";
export * from "./profile_file.ts";
export * from "./safe_probe.ts";
