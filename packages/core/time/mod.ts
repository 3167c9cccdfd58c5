/**
 * Time as something that is handed in: the computer's clock, or one that a test moves by hand.
 *
 * @module
 */
export * from "./time_source.ts";
export * from "./manual_time.ts";
export * from "./hasty_time.ts";
