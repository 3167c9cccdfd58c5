/** A HID interface that is plugged in, as the npm package `node-hid` lists it. */
export interface HidDeviceInfo {
  /** Where it is opened. */
  readonly path?: string | undefined;
  /** USB vendor id. */
  readonly vendorId: number;
  /** USB product id. */
  readonly productId: number;
  /** Manufacturer's string. */
  readonly manufacturer?: string | undefined;
  /** Product's string. */
  readonly product?: string | undefined;
  /** Serial number string. */
  readonly serialNumber?: string | undefined;
  /** Usage page of its top-level collection. */
  readonly usagePage?: number | undefined;
  /** Usage of its top-level collection. */
  readonly usage?: number | undefined;
  /** Number of its interface; -1 where the system does not tell. */
  readonly interface: number;
}

/** An open HID interface: as much of `HIDAsync` of `node-hid` as is used. */
export interface HidPort {
  /** Sends an output report; the first byte is its id, 0 for none. */
  write(report: Buffer): Promise<number>;
  /** Writes a feature report; the first byte is its id, 0 for none. */
  sendFeatureReport(report: Buffer): Promise<number>;
  /** Reads a feature report of at most `length` bytes, the id in front. */
  getFeatureReport(id: number, length: number): Promise<Buffer>;
  /** Which device it is now: another one may have been plugged in meanwhile. */
  getDeviceInfo(): Promise<HidDeviceInfo>;
  /** Input reports as they come. */
  on(event: "data", listener: (report: Uint8Array) => void): unknown;
  /** The device went away. What is given may be a text, an Error or something else. */
  on(event: "error", listener: (reason: unknown) => void): unknown;
  /** Closes it; nothing is told any more. */
  close(): Promise<void>;
}

/** What reaches HID interfaces. */
export interface HidSystem {
  /** All HID interfaces, one entry for each top-level collection where the system tells them apart. Opens none. */
  list(): Promise<readonly HidDeviceInfo[]>;
  /** Opens one. `nonExclusive` lets others use it meanwhile, on systems that would not. */
  open(path: string, options: { readonly nonExclusive: boolean }): Promise<HidPort>;
}
