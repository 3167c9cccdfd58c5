/**
 * Commands as data: codec, effect, refusals, secret bytes.
 *
 * @module
 */
export * from "./define_command.ts";
export * from "./apdu_session.ts";
