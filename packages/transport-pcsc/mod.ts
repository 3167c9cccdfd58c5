/**
 * Smart-card readers through PC/SC: pcscd on Linux, and what macOS and Windows bring along.
 *
 * @module
 */
export * from "./binding.ts";
export * from "./pcsc_error.ts";
export * from "./pcsclite_binding.ts";
export * from "./koffi_binding.ts";
export * from "./hung_calls.ts";
export * from "./pcsc.ts";
