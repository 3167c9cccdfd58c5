/**
 * The errors of this project: the link failed, the token said no, or a format cannot be read.
 *
 * @module
 */
export * from "./project_error.ts";
export * from "./link_error.ts";
export * from "./token_error.ts";
export * from "./format_error.ts";
