import type { ApduSession, ReportSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type {
  DriverContext,
  Evidence,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { selectOath } from "./commands.ts";
import { ctaphidFraming } from "./ctaphid.ts";
import { readDeviceInfo, selectManagement } from "./management.ts";
import { OATH_KNOWN_MODELS } from "./models.ts";
import { apduPort, reportPort } from "./port.ts";
import { OathToken } from "./token.ts";

const EVIDENCE: Evidence = {
  level: "independent-card",
  note: "The bytes of its commands were accepted by two independent cards built on a PC " +
    "(canokeys/canokey-core@26dc6e8, polhenarejos/pico-fido@1308b81); what it writes to our simulated " +
    "token the maker's client ykman 4.0.9 reads, and the other way round. No real key has been tried yet.",
};

const SECRETS_EVIDENCE: Evidence = {
  level: "simulator",
  note:
    "Written from the firmware's own source and documents (Nitrokey/trussed-secrets-app@e72e804, " +
    "Nitrokey/nitrokey-sdk-py@d39506a); tried against our simulated token alone.",
};

/** Names of the drivers. */
const APDU = "oath";
const HID = "oath_hid";

/** The Nitrokey 3, and the page that FIDO interfaces are on. */
const NITROKEY_3 = { vendorId: 0x20a0, productId: 0x42b2 } as const;
const FIDO_PAGE = 0xf1d0;

/**
 * The driver for the OATH application of security keys: YubiKey NEO, 4 and 5, CanoKey, pico-fido and others
 * that keep the published protocol (YKOATH).
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { oath } from "@otpsmith/core/drivers/oath";
 *
 * const station = createStation({ transports: [], drivers: [oath()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function oath(): TokenDriver<"apdu"> {
  return {
    name: APDU,
    application: "oath",
    family: "OATH application of a security key (YKOATH)",
    kind: "apdu",
    evidence: EVIDENCE,
    models: OATH_KNOWN_MODELS,
    identify: async (
      session: ApduSession,
      { time, signal, timeoutMs, facts }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const call = { signal, timeoutMs };
      const atr = facts?.atr;
      try {
        const serial = isYubiKey(atr) ? await readSerial(session, call) : undefined;
        const port = apduPort(session);
        const selection = await port.send(selectOath, undefined, call);
        const evidence = selection.serial ? SECRETS_EVIDENCE : EVIDENCE;
        return new OathToken({ driver: APDU, port, selection, atr, serial, time, evidence });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { reason: error.message };
      }
    },
  };
}

/**
 * The driver for the OATH application of a Nitrokey 3 through its FIDO interface.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { oathHid } from "@otpsmith/core/drivers/oath";
 *
 * const station = createStation({ transports: [], drivers: [oathHid()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function oathHid(): TokenDriver<"report"> {
  return {
    name: HID,
    application: "oath",
    family: "OATH application of a Nitrokey 3 (Secrets)",
    kind: "report",
    evidence: SECRETS_EVIDENCE,
    models: OATH_KNOWN_MODELS.filter(({ model }) => model === "Nitrokey 3")
      .map((row) => ({ ...row, toldBy: "USB 20A0:42B2" })),
    identify: async (
      session: ReportSession,
      { time, signal, timeoutMs, facts }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const { usb, usage } = facts ?? {};
      const known = usb?.vendorId === NITROKEY_3.vendorId &&
        usb.productId === NITROKEY_3.productId && (usage?.page ?? FIDO_PAGE) === FIDO_PAGE;
      if (!known) return { reason: "It is no Nitrokey 3" };
      const port = reportPort(session, ctaphidFraming());
      try {
        const selection = await port.send(selectOath, undefined, { signal, timeoutMs });
        const parts = { port, selection, atr: undefined, serial: undefined, time };
        return new OathToken({ driver: HID, ...parts, evidence: SECRETS_EVIDENCE });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { reason: error.message };
      }
    },
  };
}

function isYubiKey(atr: Uint8Array | undefined): boolean {
  return /yubikey/i.test(String.fromCharCode(...atr ?? []));
}

/** Old keys, and those that are set so, do not tell it. */
async function readSerial(session: ApduSession, call: CallOptions): Promise<string | undefined> {
  try {
    await session.send(selectManagement, undefined, call);
    return (await session.send(readDeviceInfo, undefined, call)).serial;
  } catch (error) {
    if (!(error instanceof TokenError) || error.kind === "garbled") throw error;
    return undefined;
  }
}
