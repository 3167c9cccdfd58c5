/**
 * Links, endpoints and transports: bytes in, bytes out, and where the bytes were when it failed.
 *
 * @module
 */
export * from "./link.ts";
export * from "./endpoint.ts";
export * from "./transport.ts";
export * from "./exclusive.ts";
export * from "./backend.ts";
export * from "./apdu_link.ts";
export * from "./report_link.ts";
export * from "./feature_link.ts";
export { DEFAULT_EXCHANGE_TIMEOUT_MS } from "./_gated_calls.ts";
export * from "./with_link.ts";
