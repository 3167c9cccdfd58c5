/**
 * PN532 NFC modules on a serial port.
 *
 * @module
 */
export { pn532, type Pn532Options } from "./pn532.ts";
export type { SerialPortHandle, SerialPortInfo, SerialSystem } from "./serial.ts";
