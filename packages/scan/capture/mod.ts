/**
 * Screens, windows and the clipboard: their pixels in memory, and the QR codes in them.
 *
 * @module
 */
export * from "./capture.ts";
export * from "./clipboard.ts";
export * from "./open_capturer.ts";
export * from "./probe_capture.ts";
export * from "./scan_screens.ts";
export type { TimeSource } from "@otpsmith/core/time";
