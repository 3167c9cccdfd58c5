import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { VirtualUsbDevice } from "../device/mod.ts";

/** A host in the tests' hands: hexadecimal messages out, hexadecimal messages in. */
export class CcidHost {
  readonly #device: VirtualUsbDevice;
  #sequence = 0;

  constructor(device: VirtualUsbDevice) {
    this.#device = device;
  }

  /** Sends raw bytes to the bulk endpoint. */
  async write(bytes: Uint8Array): Promise<string> {
    return (await this.#device.out(0x02, bytes).result).status;
  }

  /** Reads one message, or how the transfer ended. */
  async read(length = 65_544): Promise<string> {
    const { status, data } = await this.#device.in(0x81, length).result;
    return status === "done" ? encodeHex(data) : status;
  }

  /** Sends a command and gives back its answer without type, length, slot and sequence number. */
  async ask(
    type: number,
    data = "",
    options: { readonly specific?: string; readonly slot?: number } = {},
  ): Promise<string> {
    await this.write(this.message(type, data, options));
    return (await this.read()).slice(14);
  }

  /** A command with the next sequence number. */
  message(
    type: number,
    data = "",
    options: { readonly specific?: string; readonly slot?: number } = {},
  ): Uint8Array {
    const { specific = "000000", slot = 0 } = options;
    const bytes = decodeHex(data);
    const header = new Uint8Array(10);
    header[0] = type;
    new DataView(header.buffer).setUint32(1, bytes.length, true);
    header[5] = slot;
    header[6] = this.#sequence++ & 0xff;
    header.set(decodeHex(specific), 7);
    return concatBytes([header, bytes]);
  }
}
