import type { ApduSession, FeatureSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type {
  DriverContext,
  Evidence,
  KnownModel,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { apduPort, reportPort, type SlotPort } from "./port.ts";
import { SLOT_TRAITS, YubiKeySlotsToken } from "./token.ts";

const FAMILY = "OTP slots of a YubiKey";
const APDU_EVIDENCE: Evidence = {
  level: "independent-card",
  note:
    "The bytes of its writes and challenges were accepted by an independent card built on a PC " +
    "(polhenarejos/pico-fido@1308b81); what it writes to our simulated token the maker's client ykman 4.0.9 " +
    "reads through PC/SC, and the other way round. No real key has been tried yet.",
};
const REPORT_EVIDENCE: Evidence = {
  level: "published-tool",
  note:
    "Frames and reports equal those of the maker's own library (Yubico/yubikey-manager@b0dbb7f, " +
    "yubikit). No real key has been tried yet.",
};

/** Names of the drivers. */
const APDU = "yubikey_slots";
const HID = "yubikey_slots_hid";

/** Ids of YubiKeys whose keyboard interface has the slots: the lowest bit of the product says so. */
const YUBICO = 0x1050;
const OLD_PRODUCTS: readonly number[] = [0x0010, 0x0110, 0x0111, 0x0114, 0x0116];

/**
 * The driver for the two slots of a YubiKey through PC/SC, used as TOTP by challenge and answer. Name it
 * behind the driver for its OATH application, which holds more.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { yubikeySlots } from "@otpsmith/core/drivers/yubikey_slots";
 *
 * const station = createStation({ transports: [], drivers: [yubikeySlots()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function yubikeySlots(): TokenDriver<"apdu"> {
  return {
    name: APDU,
    application: "slots",
    family: FAMILY,
    kind: "apdu",
    evidence: APDU_EVIDENCE,
    models: known("version from 2.2, which its slots tell"),
    identify: (session: ApduSession, context: DriverContext) =>
      recognise({ driver: APDU, port: apduPort(session), evidence: APDU_EVIDENCE }, context),
  };
}

/**
 * The driver for the two slots of a YubiKey through the feature reports of its keyboard interface.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { yubikeySlotsHid } from "@otpsmith/core/drivers/yubikey_slots";
 *
 * const station = createStation({ transports: [], drivers: [yubikeySlotsHid()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function yubikeySlotsHid(): TokenDriver<"feature"> {
  return {
    name: HID,
    application: "slots",
    family: FAMILY,
    kind: "feature",
    evidence: REPORT_EVIDENCE,
    models: known("USB 1050:0010 to 0116 and 0401 to 0407 with OTP, version from 2.2"),
    identify: (session: FeatureSession, context: DriverContext): Promise<Token | NotRecognised> => {
      const { usb, usage } = context.facts ?? {};
      const has = usb?.vendorId === YUBICO &&
        (OLD_PRODUCTS.includes(usb.productId) ||
          (usb.productId >= 0x0401 && usb.productId <= 0x0407 && (usb.productId & 1) === 1));
      const keyboard = usage === undefined || (usage.page === 1 && usage.id === 6);
      // A report that nobody asked for may mean something to a stranger: only these keys are asked.
      if (!has || !keyboard) return Promise.resolve({ reason: "It is no YubiKey with slots" });
      const parts = { driver: HID, port: reportPort(session), evidence: REPORT_EVIDENCE };
      return recognise(parts, context);
    },
  };
}

/** Firmware before 2.2 answers no challenges: it is read and not written. */
function known(toldBy: string): readonly KnownModel[] {
  const source = "Yubico/yubikey-personalization@db0c0d6, Yubico/yubikey-manager@b0dbb7f";
  return [{ model: "YubiKey", toldBy, traits: SLOT_TRAITS, source }];
}

async function recognise(
  parts: { readonly driver: string; readonly port: SlotPort; readonly evidence: Evidence },
  { time, signal, timeoutMs }: DriverContext,
): Promise<Token | NotRecognised> {
  const call = { signal, timeoutMs };
  const { port } = parts;
  try {
    const status = await port.status(call);
    return new YubiKeySlotsToken({ ...parts, status, serial: await read(port, call), time });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { reason: error.message };
  }
}

/** Tokens can be set not to tell it. */
async function read(
  port: SlotPort,
  call: Pick<DriverContext, "signal" | "timeoutMs">,
): Promise<string | undefined> {
  try {
    return await port.serial(call);
  } catch (error) {
    if (!(error instanceof TokenError) || error.kind === "garbled") throw error;
    return undefined;
  }
}
