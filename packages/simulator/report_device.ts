/**
 * The token's side of one HID interface. Like a virtual card it does not know how it is exposed: in
 * process, under the mocked kernel, or over USB/IP. A token with several HID interfaces, such as a
 * keyboard and a FIDO one, has one of these for each.
 *
 * Reports are bare: without the byte of the report id, which stands beside them and is 0 where the
 * report descriptor numbers none. What a device does not have it leaves out: it then answers as
 * hardware does, with a stall.
 */
export interface VirtualReportDevice {
  /** Its HID report descriptor, which tells usage pages and the sizes of its reports. */
  readonly descriptor: Uint8Array;
  /** It is plugged in, pulled out, or reset by the host: what lived in RAM is gone. */
  power(event: "on" | "off" | "reset"): void;
  /** The feature report that the host reads; `undefined` where it has none of that id. */
  getFeature?(id: number): Uint8Array | undefined;
  /** Takes a feature report; `false` refuses it, and the host sees a stall. */
  setFeature?(report: Uint8Array, id: number): boolean | void;
  /** Takes an output report; `false` refuses it. */
  output?(report: Uint8Array, id: number): boolean | void;
  /**
   * Calls back with each input report, led by its id where the descriptor numbers reports. Returns a
   * function that stops it.
   */
  onInput?(listener: (report: Uint8Array) => void): () => void;
}
