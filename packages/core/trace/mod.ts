/**
 * Traces without secrets.
 *
 * @module
 */
export * from "./trace.ts";
export * from "./redact.ts";
