/** A command of ISO 7816-4 in its short form. */
export interface CommandApdu {
  /** Class byte. */
  readonly cla: number;
  /** Instruction byte. */
  readonly ins: number;
  /** First parameter. */
  readonly p1: number;
  /** Second parameter. */
  readonly p2: number;
  /** Data field of 0 to 255 bytes; none by default. */
  readonly data?: Uint8Array | undefined;
  /** Longest answer wanted, 1 to 256. Left out means that no length field is sent. */
  readonly le?: number | undefined;
}

/**
 * Writes a short command: header, then Lc and data if there is data, then Le if it is wanted. A command
 * with neither is sent with a fifth byte of 00, which every token of this project reads as "no data":
 * some take a bare fifth byte as Lc (measured on the maker's firmware of the Token2 family).
 *
 * @throws {RangeError} If the data is longer than 255 bytes or Le is not 1 to 256.
 *
 * @example Encode a command with data
 * ```ts
 * import { encodeCommand, encodeHex } from "@otpsmith/core";
 *
 * const bytes = encodeCommand({ cla: 0x80, ins: 0x41, p1: 0, p2: 0, data: Uint8Array.of(0x02, 0x11) });
 * if (encodeHex(bytes) !== "80410000020211") throw new Error("unexpected");
 * ```
 */
export function encodeCommand(command: CommandApdu): Uint8Array {
  const { cla, ins, p1, p2, data = new Uint8Array(0), le } = command;
  if (data.length > 255) {
    throw new RangeError(`Cannot encode command: data of ${data.length} bytes, 255 fit`);
  }
  if (le !== undefined && !(le >= 1 && le <= 256)) {
    throw new RangeError(`Cannot encode command: Le is ${le}, 1 to 256 is possible`);
  }
  const tail = le !== undefined ? [le & 0xff] : data.length === 0 ? [0] : [];
  const length = data.length === 0 ? [] : [data.length];
  const bytes = new Uint8Array(4 + length.length + data.length + tail.length);
  bytes.set([cla, ins, p1, p2, ...length]);
  bytes.set(data, 4 + length.length);
  bytes.set(tail, bytes.length - tail.length);
  return bytes;
}
