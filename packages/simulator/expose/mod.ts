/**
 * Virtual tokens behind the real pcscd, and as USB devices: every program on this computer can talk to
 * them. Node only.
 *
 * @module
 */
export { exposeThroughPcscd, type PcscdExposeOptions } from "./pcscd.ts";
export { exposeThroughVpcd, type VpcdExposeOptions } from "./vpcd.ts";
export type { ExposeOptions, Exposure, ReaderSetup } from "./exposure.ts";
export type { VirtualCard } from "../card.ts";
export { encodeFrame, FrameReader, MAX_FRAME } from "./frames.ts";
export { buildIfdHandler, type IfdBuildOptions } from "./ifd_build.ts";
export {
  type DaemonEnd,
  MAX_READERS,
  type PrivateDaemon,
  type PrivateDaemonOptions,
  type ReaderEntry,
  startPrivateDaemon,
} from "./private_daemon.ts";
export type { PcscdReader } from "./_pcscd_readers.ts";
export {
  exposeThroughUsbip,
  isLoopback,
  USBIP_PORT,
  type UsbipExposeOptions,
  type UsbipExposure,
} from "./usbip/usbip.ts";
export { type ListenAddress, parseListenAddress, type UsbipReady } from "./usb_bench.ts";
export {
  type PcscdReady,
  type ReadyToken,
  runSimulator,
  type RunSimulatorOptions,
  type SimulatedTokenOptions,
  SIMULATOR_DRIVERS,
  type SimulatorDriver,
  type SimulatorOptions,
  type SimulatorReady,
} from "./run_simulator.ts";
export { parseSimulatorArgs, SIMULATOR_HELP, type SimulatorArgs } from "./simulator_args.ts";
export { exposeThroughPn532, type Pn532ExposeOptions, type Pn532Exposure } from "./pn532.ts";
export type { Pn532Fault } from "./pn532_chip.ts";
export { openVirtualPort, type VirtualPort, type VirtualPortOptions } from "./pty.ts";
export type { PtyBuildOptions } from "./pty_build.ts";
