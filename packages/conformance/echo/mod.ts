/**
 * Devices that give back what they get, for trying transports of every kind of link.
 *
 * @module
 */
export { ECHO, EchoCard, measurement } from "./echo_card.ts";
export { EchoHid, type EchoHidOptions } from "./echo_hid.ts";
