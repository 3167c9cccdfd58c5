import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { VirtualFamily } from "../../firmware.ts";
import { Cells, packCells } from "../../parts/cells.ts";
import { SecurityKeyCard } from "./card.ts";
import { ManagementApplet } from "./management_applet.ts";
import type { KeyMemory } from "./memory.ts";
import { SECURITY_KEY_MODELS } from "./models.ts";
import { OathApplet } from "./oath_applet.ts";
import { PIN_TRIES, SecretsApplet } from "./secrets_applet.ts";
import { SecretsFido } from "./secrets_fido.ts";
import { Slots } from "./slots.ts";
import { SlotsApplet } from "./slots_applet.ts";
import { SlotsKeyboard } from "./slots_keyboard.ts";

/** Security keys with an OATH application. */
export const oathFamily: VirtualFamily = {
  name: "oath",
  models: SECURITY_KEY_MODELS.map(({ name }) => ({
    name,
    digits: 8,
    prefix: "",
    restricted: false,
  })),
  produce: (_model, { random }) => {
    const memory: KeyMemory = {
      id: encodeHex(random.bytes(8)),
      code: null,
      entries: [],
      pin: null,
      pinTries: PIN_TRIES,
      slots: [null, null],
      sequence: 0,
    };
    return { cells: packCells(memory) };
  },
  boot: ({ model: { name }, flash, random, button }) => {
    const model = SECURITY_KEY_MODELS.find((one) => one.name === name)!;
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
    if (model.slots) return Object.assign(card, { reports: [new SlotsKeyboard(slots, button)] });
    return model.secrets ? Object.assign(card, { reports: [new SecretsFido(oath, button)] }) : card;
  },
};
