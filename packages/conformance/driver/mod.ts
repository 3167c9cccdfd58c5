/**
 * Cases for token drivers.
 *
 * @module
 */
export { driverCases } from "./cases.ts";
export type { DriverSetup, GoldenCommand } from "./setup.ts";
