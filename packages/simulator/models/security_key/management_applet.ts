import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import { type CardAnswer, type CardCommand, say, SW } from "./apdu.ts";
import { tag } from "./_tags.ts";
import type { Applet } from "./applet.ts";
import type { SecurityKeyModel } from "./models.ts";

/** What the simulated keys can do: OTP (01) and OATH (20). */
const CAPABILITIES = [0x00, 0x21];

/** The application that tells serial number and version of a YubiKey (from version 4.1 on). */
export class ManagementApplet implements Applet {
  readonly aid: Uint8Array = decodeHex("A000000527471117");
  readonly #model: SecurityKeyModel;
  readonly #serial: string;

  constructor(model: SecurityKeyModel, serial: string) {
    this.#model = model;
    this.#serial = serial;
  }

  select(): CardAnswer {
    const text = `Virtual mgr - FW version ${this.#model.version.join(".")}`;
    return { data: new TextEncoder().encode(text), status: SW.ok };
  }

  process({ ins }: CardCommand): CardAnswer {
    const { version } = this.#model;
    if (ins !== 0x1d || version[0] < 4) return say(SW.unknownInstruction);
    const serial = new Uint8Array(4);
    new DataView(serial.buffer).setUint32(0, Number(this.#serial));
    const body = concatBytes([
      tag(0x01, CAPABILITIES),
      tag(0x02, serial),
      tag(0x03, CAPABILITIES),
      tag(0x04, [0x01]), // a key with a USB-A plug
      tag(0x05, version),
      tag(0x0a, [0x00]),
    ]);
    return { data: concatBytes([Uint8Array.of(body.length), body]), status: SW.ok };
  }

  forget(): void {}
}
