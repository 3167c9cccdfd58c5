/**
 * Virtual programmable tokens: serial number, clock, seed storage and display, in process or behind the
 * real pcscd. Shares no protocol code with the drivers.
 *
 * @module
 */
export type { VirtualCard } from "./card.ts";
export type { VirtualReportDevice } from "./report_device.ts";
export * from "./virtual_token.ts";
export { parseTokenSpec, TOKEN_SPECS, type TokenSpec } from "./token_spec.ts";
export * from "./faults.ts";
export { ReportFaults, type ReportVictim } from "./report_faults.ts";
export {
  type FactoryMemory,
  type Firmware,
  type FirmwareParts,
  type LookAt,
  PowerLost,
  type TokenInterface,
  type TokenParts,
  type UsbIds,
  type UsbShape,
  type VirtualFamily,
  type VirtualModel,
} from "./firmware.ts";
export { Button, type Presser } from "./parts/button.ts";
export { type ReaderQuirk, slowCard, t0Card } from "./quirks.ts";
export * from "./models/token2_single/mod.ts";
export * from "./models/token2_molto2/mod.ts";
export * from "./models/token2_pinplus/mod.ts";
export { clockSeconds, type ClockState, setClock } from "./parts/clock.ts";
export { type DisplayReading, readDisplay } from "./parts/display.ts";
export {
  expectImage,
  type Flash,
  type FlashImage,
  memoryFlash,
  type OtpSettings,
} from "./parts/flash.ts";
export * from "./models/security_key/mod.ts";
export { fileFlash } from "./parts/file_flash.ts";
export { Hands } from "./parts/hands.ts";
export { type RandomSource, repeatingRandom, systemRandom } from "./parts/random.ts";
export * from "./open_tokens.ts";
export * from "./scenario.ts";
export * from "./bench.ts";
export * from "./expose/memory_transport.ts";
export * from "./expose/memory_hid.ts";
