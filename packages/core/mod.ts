/**
 * The protocol of otpsmith: links to tokens, the commands they understand, the plan of a burn, its
 * execution, and the proof that the token now shows the right code.
 *
 * @module
 */
export * from "./bytes/mod.ts";
export * from "./secret/mod.ts";
export * from "./errors/mod.ts";
export * from "./time/mod.ts";
export * from "./link/mod.ts";
export * from "./apdu/mod.ts";
export * from "./command/mod.ts";
export * from "./trace/mod.ts";
export * from "./ctaphid/mod.ts";
export * from "./crypto/mod.ts";
export * from "./otp/mod.ts";
export * from "./token/mod.ts";
export * from "./burn/mod.ts";
export * from "./station/mod.ts";
