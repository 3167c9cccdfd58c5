/**
 * CTAPHID: how messages travel over the FIDO interface of a key, for what makers add to it.
 *
 * @module
 */
export * from "./packets.ts";
export * from "./channel.ts";
