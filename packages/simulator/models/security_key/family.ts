import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import type { TokenParts, UsbShape, VirtualFamily } from "../../firmware.ts";
import type { FlashImage } from "../../parts/flash.ts";
import { Cells, packCells, readCells } from "../../parts/cells.ts";
import { SecurityKeyCard } from "./card.ts";
import { ManagementApplet } from "./management_applet.ts";
import type { KeyMemory, OathEntry } from "./memory.ts";
import { SECURITY_KEY_MODELS, type SecurityKeyModel } from "./models.ts";
import { OathApplet } from "./oath_applet.ts";
import { PIN_TRIES, SecretsApplet } from "./secrets_applet.ts";
import { SecretsFido } from "./secrets_fido.ts";
import { deliveredRecord, keyOfRecord, Slots, withoutKey } from "./slots.ts";
import { SlotsApplet } from "./slots_applet.ts";
import { SlotsKeyboard } from "./slots_keyboard.ts";

/** The entry of a key that is delivered with a seed. */
const DELIVERED: Omit<OathEntry, "key"> = {
  name: encodeHex(new TextEncoder().encode("delivered")),
  kind: 0x21,
  digits: 6,
  properties: 0,
  counter: 0,
};

/** What the OATH application keeps; time steps stand before the names of entries. */
function lookAtEntries(
  { entries, code, pin, pinTries, slots }: KeyMemory,
  title: string | undefined,
): TokenParts {
  const named = (name: string): boolean =>
    new TextDecoder().decode(decodeHex(name)).replace(/^\d+\//, "") === title;
  const found = title === undefined ? entries[0] : entries.find(({ name }) => named(name));
  const others = entries.filter((one) => one !== found);
  const { key, ...settings } = found ?? {};
  return {
    seed: key === undefined ? null : Secret.take(decodeHex(key)),
    clock: "", // it has none
    settings: JSON.stringify([settings, others, slots]),
    key: JSON.stringify([code, pin]),
    tries: PIN_TRIES - pinTries,
  };
}

/** What the OTP slots keep; the first one is replaced. Their access codes stand in the records. */
function lookAtSlots({ slots: [first, second], entries }: KeyMemory): TokenParts {
  const record = first === null ? undefined : decodeHex(first);
  return {
    seed: record ? Secret.take(keyOfRecord(record)) : null,
    clock: "",
    settings: JSON.stringify([record && encodeHex(withoutKey(record)), second, entries]),
    key: "",
  };
}

/**
 * The serial number as the application tells it, or the management of a YubiKey beside it: others are
 * known by the id of their OATH application.
 */
function toldSerial({ model: name, serial }: FlashImage, application?: string): string | null {
  const model = SECURITY_KEY_MODELS.find((one) => name === `oath:${one.name}`)!;
  if (model.secrets) return Number(serial).toString(16).toUpperCase().padStart(8, "0");
  const tells = application === "slots" || (name.includes("yubikey") && model.version[0] >= 4);
  return tells ? String(Number(serial)) : null;
}

/** Security keys with an OATH application. */
export const oathFamily: VirtualFamily = {
  name: "oath",
  models: SECURITY_KEY_MODELS.map(({ name }) => ({
    name,
    digits: 8,
    prefix: "",
    restricted: false,
  })),
  produce: (_model, { random, seed }) => {
    const memory: KeyMemory = {
      id: encodeHex(random.bytes(8)),
      code: null,
      entries: seed ? [{ ...DELIVERED, key: seed.use(encodeHex) }] : [],
      pin: null,
      pinTries: PIN_TRIES,
      slots: [seed ? encodeHex(seed.use(deliveredRecord)) : null, null],
      sequence: seed ? 1 : 0,
    };
    return { cells: packCells(memory) };
  },
  look: (image, { application, title }) => {
    const memory = readCells<KeyMemory>(image);
    const parts = application === "slots" ? lookAtSlots(memory) : lookAtEntries(memory, title);
    return { ...parts, serial: toldSerial(image, application) };
  },
  boot: ({ model: { name }, flash, random, button, personality }) => {
    const plain = SECURITY_KEY_MODELS.find((one) => one.name === name)!;
    const model: SecurityKeyModel = { ...plain, ...personality.oath };
    const cells = new Cells<KeyMemory>(flash);
    const oath = model.secrets
      ? new SecretsApplet({ model, cells, random, button })
      : new OathApplet({ model, cells, random, button });
    const management = model.management ? [new ManagementApplet(model, cells.image.serial)] : [];
    const slots = new Slots({ model, cells, button });
    const card = new SecurityKeyCard({
      atr: decodeHex(model.atr),
      cells,
      applets: [
        oath,
        ...management,
        ...(model.slots ? [new SlotsApplet(slots, model.slotRefusal)] : []),
      ],
      more: model.more,
    });
    if (model.slots) {
      const usb: UsbShape = {
        vendorId: 0x1050,
        productId: 0x0407,
        manufacturer: "Yubico",
        product: "YubiKey OTP+FIDO+CCID",
        interfaces: ["reports", "other", "card"],
      };
      return Object.assign(card, { reports: [new SlotsKeyboard(slots, button)], usb });
    }
    if (!model.secrets) return card;
    const usb: UsbShape = {
      vendorId: 0x20a0,
      productId: 0x42b2,
      manufacturer: "Nitrokey",
      product: "Nitrokey 3",
      interfaces: ["card", "reports"],
    };
    return Object.assign(card, { reports: [new SecretsFido(oath, button)], usb });
  },
};
