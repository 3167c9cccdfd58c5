/**
 * What a virtual token offers to the cases for drivers and models.
 *
 * @module
 */
export * from "./port.ts";
