/**
 * The station: transports and drivers put together.
 *
 * @module
 */
export * from "./connection.ts";
export * from "./station.ts";
