/**
 * One-time codes: what a token shows at a time, how far its clock is off, what is wrong with a code,
 * and how a long seed is made to fit.
 *
 * @module
 */
export * from "./algorithm.ts";
export * from "./totp.ts";
export * from "./fold_key.ts";
export * from "./find_drift.ts";
export * from "./diagnose_code.ts";
