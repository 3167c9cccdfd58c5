/**
 * Commands as data: codec, effect, refusals, secret bytes.
 *
 * @module
 */
export * from "./define_command.ts";
export * from "./session_options.ts";
export * from "./apdu_session.ts";
export * from "./framing.ts";
export * from "./message_session.ts";
export * from "./open_session.ts";
