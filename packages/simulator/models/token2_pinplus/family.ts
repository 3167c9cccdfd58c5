import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { VirtualFamily } from "../../firmware.ts";
import { Cells, packCells } from "../../parts/cells.ts";
import { SecurityKeyCard } from "../security_key/card.ts";
import { privateKeyFrom } from "./_cipher.ts";
import { PinPlusFido } from "./fido_interface.ts";
import type { PinPlusMemory } from "./memory.ts";
import { PIN_PLUS_MODELS, type PinPlusModel } from "./models.ts";
import { OtpApplet } from "./otp_applet.ts";
import { OtpPinPart } from "./otp_pin.ts";
import { FidoApplet } from "./serial.ts";

/** Token2's FIDO keys with an OTP application, and cards with the maker's open applet. */
export const token2PinPlusFamily: VirtualFamily = {
  name: "token2-pinplus",
  models: PIN_PLUS_MODELS.map(({ name, digits, prefix }) => ({
    name,
    digits,
    prefix,
    restricted: false,
  })),
  produce: (_model, { random }) => {
    const memory: PinPlusMemory = {
      privateKey: encodeHex(privateKeyFrom(random.bytes(32))),
      entries: [],
      pin: null,
      off: 0,
      totp: true,
    };
    return { cells: packCells(memory) };
  },
  boot: ({ model: { name }, flash, random, button }) => {
    const model = PIN_PLUS_MODELS.find((one) => one.name === name)!;
    const cells = new Cells<PinPlusMemory>(flash);
    const atr = atrOf(model, cells.image.serial);
    const pin = new OtpPinPart({ model, cells, random });
    const applet = new OtpApplet({ model, cells, button, pin });
    const fido = new FidoApplet(() => cells.image.serial);
    const keys = model.hid ? [applet, fido] : [applet];
    const applets = model.card ? keys : [];
    const card = new SecurityKeyCard({ atr, cells, applets, classes: [0x00, 0x80], more: "left" });
    if (!model.hid) return card;
    return Object.assign(card, { reports: [new PinPlusFido({ model, applet, button, atr })] });
  },
};

/** With the product and the end of the serial number in it, as go-ctap/token2@1c56620 has one of a key. */
function atrOf({ hid }: PinPlusModel, serial: string): Uint8Array {
  if (!hid) return decodeHex("3B80800101"); // that of a blank card differs with the card
  const end = encodeHex(new TextEncoder().encode(serial.slice(-8)));
  return decodeHex(`3BFF1800001080868E0016600060${end}`);
}
