/**
 * Burning: plan, run, settle, prove.
 *
 * @module
 */
export * from "./request.ts";
export * from "./rules.ts";
export * from "./plan.ts";
export * from "./clock_sync.ts";
export * from "./holds.ts";
export * from "./journal.ts";
export * from "./run.ts";
export * from "./settle.ts";
export * from "./proof.ts";
