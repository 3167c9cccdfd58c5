/**
 * The block cipher, MAC and padding that programmable tokens ask for.
 *
 * @module
 */
export * from "./sm4.ts";
export * from "./sm4_ecb.ts";
export * from "./cbc_mac.ts";
export * from "./iso9797_pad.ts";
export * from "./data_with_mac.ts";
