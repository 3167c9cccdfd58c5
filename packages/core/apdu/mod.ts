/**
 * ISO 7816-4 commands and answers.
 *
 * @module
 */
export * from "./command_apdu.ts";
export * from "./response_apdu.ts";
export * from "./status.ts";
export * from "./get_response.ts";
