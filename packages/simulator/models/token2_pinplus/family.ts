import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { TokenParts, VirtualFamily } from "../../firmware.ts";
import { Cells, packCells, readCells } from "../../parts/cells.ts";
import { SecurityKeyCard } from "../security_key/card.ts";
import { privateKeyFrom } from "./_cipher.ts";
import { PinPlusFido } from "./fido_interface.ts";
import type { PinPlusEntry, PinPlusMemory } from "./memory.ts";
import { PIN_PLUS_MODELS, type PinPlusModel } from "./models.ts";
import { OtpApplet } from "./otp_applet.ts";
import { OtpPinPart } from "./otp_pin.ts";
import { FidoApplet } from "./serial.ts";

/** The entry of a key that is delivered with a seed. */
const DELIVERED: Omit<PinPlusEntry, "seed"> = {
  ...{ type: 1, hash: 0xc1, step: 30, digits: 6, touch: 0, counter: 0 },
  app: "",
  account: encodeHex(new TextEncoder().encode("delivered")),
};

function lookAt(
  { entries, pin, off, totp }: PinPlusMemory,
  title: string | undefined,
): TokenParts {
  const text = (hex: string): string => new TextDecoder().decode(decodeHex(hex));
  const named = ({ app, account }: PinPlusEntry): string =>
    app === "" ? text(account) : `${text(app)}:${text(account)}`;
  const found = title === undefined ? entries[0] : entries.find((one) => named(one) === title);
  const others = entries.filter((one) => one !== found);
  const { seed, ...settings } = found ?? {};
  return {
    seed: seed === undefined ? null : Secret.take(decodeHex(seed)),
    clock: "", // it has none
    settings: JSON.stringify([settings, others, off, totp]),
    key: JSON.stringify(pin && { ...pin, left: pin.most }),
    tries: pin ? pin.most - pin.left : 0,
  };
}

/** Token2's FIDO keys with an OTP application, and cards with the maker's open applet. */
export const token2PinPlusFamily: VirtualFamily = {
  name: "token2-pinplus",
  models: PIN_PLUS_MODELS.map(({ name, digits, prefix }) => ({
    name,
    digits,
    prefix,
    restricted: false,
  })),
  produce: (_model, { random, seed }) => {
    const memory: PinPlusMemory = {
      privateKey: encodeHex(privateKeyFrom(random.bytes(32))),
      entries: seed ? [{ ...DELIVERED, seed: seed.use(encodeHex) }] : [],
      pin: null,
      off: 0,
      totp: true,
    };
    return { cells: packCells(memory) };
  },
  look: (image, { title }) => lookAt(readCells<PinPlusMemory>(image), title),
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
    const reports = [new PinPlusFido({ model, applet, button, atr })];
    return Object.assign(card, { reports, usb: { vendorId: 0x349e, productId: 0x0026 } });
  },
};

/** With the product and the end of the serial number in it, as go-ctap/token2@1c56620 has one of a key. */
function atrOf({ hid }: PinPlusModel, serial: string): Uint8Array {
  if (!hid) return decodeHex("3B80800101"); // that of a blank card differs with the card
  const end = encodeHex(new TextEncoder().encode(serial.slice(-8)));
  return decodeHex(`3BFF1800001080868E0016600060${end}`);
}
