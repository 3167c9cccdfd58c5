/**
 * Bytes that must not be seen.
 *
 * @module
 */
export * from "./secret.ts";
