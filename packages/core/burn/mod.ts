/**
 * Burning: plan, run, settle, prove.
 *
 * @module
 */
export * from "./request.ts";
export * from "./rules.ts";
export * from "./burn_plan.ts";
export * from "./plan.ts";
export * from "./read_slots.ts";
export * from "./clock_sync.ts";
export * from "./erase.ts";
export * from "./holds.ts";
export * from "./journal.ts";
export * from "./run.ts";
export * from "./settle.ts";
export * from "./proof.ts";
export * from "./prove_by_token.ts";
