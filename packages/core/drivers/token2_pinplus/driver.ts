import type { ApduSession, ReportSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import type {
  DriverContext,
  Evidence,
  KnownModel,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { readSerial, selectFido, selectOtp } from "./commands.ts";
import { framingOver } from "./hid_framing.ts";
import { findWay } from "./hid_probe.ts";
import {
  OPEN_APPLET,
  OTHER_KEY,
  PIN_PLUS_MODELS,
  PIN_PLUS_SOURCE,
  pinPlusTraits,
} from "./models.ts";
import { FLAG_BYTES, type PinFlag, readPinFlag } from "./pin_commands.ts";
import { apduPort, type OtpPort, reportPort } from "./port.ts";
import { PIN_PLUS_APPLICATION, PIN_PLUS_FAMILY, PinPlusToken } from "./token.ts";

const OPEN_QUESTIONS =
  "Not known: whether a key takes a PIN of more than 12 bytes, whether erasing all entries takes a blocked PIN " +
  "away, what a key with TOTP switched off answers, and how one of release 3.1 tells its serial number without a " +
  "command before it that is not published.";

const EVIDENCE: Evidence = {
  level: "simulator",
  note:
    "Written from the source of the maker's own applet (token2/token2-otp-applet@9211def) and from its " +
    "clients (framefilter/keyroost@b26aa27, go-ctap/token2@1c56620); blobs, PIN texts and answers equal " +
    "those of an independent script. The applet was read, not run, and no real key has been tried yet. " +
    "What a key does with its PIN that the applet does not (it encrypts what is read) is from the " +
    `clients alone. ${OPEN_QUESTIONS}`,
};

const HID_EVIDENCE: Evidence = {
  level: "simulator",
  note:
    "The commands of the driver over PC/SC, in three framings, each from one client: frames in reports " +
    "(framefilter/keyroost@b26aa27), vendor command 41 (a client made from captures of the maker's app), frames " +
    "in feature reports (go-ctap/token2@1c56620). Which key has which is asked with the question for its serial " +
    "number. No real key has been tried yet.",
};

/** Token2's USB vendor id, and the page that FIDO interfaces are on. */
const TOKEN2 = 0x349e;
const FIDO_PAGE = 0xf1d0;
/** How long a key may take to say how it wants to be spoken to. */
const PROBE_MS = 5_000;

/** Keys that are in the table, and others, which answer in the same application. */
const KEYS: readonly KnownModel[] = [
  ...PIN_PLUS_MODELS.map(({ model, serialPrefix }) => ({
    model,
    toldBy: `serial number ${serialPrefix}…`,
    traits: pinPlusTraits({ serial: `${serialPrefix}000000000`, locked: false }),
    source: PIN_PLUS_SOURCE,
  })),
  {
    model: OTHER_KEY,
    toldBy: "its OTP application",
    traits: pinPlusTraits({ serial: "", locked: false }),
    source: PIN_PLUS_SOURCE,
  },
];
/** The maker's open applet on a blank card. */
const APPLET: KnownModel = {
  model: OPEN_APPLET,
  toldBy: "serial number of 10 hexadecimal digits",
  traits: pinPlusTraits({ serial: "0".repeat(10), locked: false }),
  source: "token2/token2-otp-applet@9211def",
};

/**
 * The driver for the OTP application of Token2's FIDO keys (T2F2, PIN+, Bio3) and of cards with the maker's
 * open applet, through PC/SC.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { token2PinPlus } from "@otpsmith/core/drivers/token2_pinplus";
 *
 * const station = createStation({ transports: [], drivers: [token2PinPlus()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function token2PinPlus(): TokenDriver<"apdu"> {
  const name = "token2_pinplus";
  return {
    name,
    application: PIN_PLUS_APPLICATION,
    family: PIN_PLUS_FAMILY,
    kind: "apdu",
    evidence: EVIDENCE,
    models: [...KEYS, APPLET],
    identify: async (
      session: ApduSession,
      { time, signal, timeoutMs }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const call = { signal, timeoutMs };
      const port = apduPort(session);
      try {
        await port.send(selectOtp, undefined, call);
      } catch (error) {
        // It is one, and it has a session with another program: the person has to know.
        if (!(error instanceof TokenError) || error.status === 0x6985) throw error;
        return { reason: error.message };
      }
      return await recognise(port, { call, name, time, evidence: EVIDENCE });
    },
  };
}

/**
 * The driver for the OTP application of Token2's FIDO keys through their FIDO interface.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { token2PinPlusHid } from "@otpsmith/core/drivers/token2_pinplus";
 *
 * const station = createStation({ transports: [], drivers: [token2PinPlusHid()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function token2PinPlusHid(): TokenDriver<"report"> {
  const name = "token2_pinplus_hid";
  return {
    name,
    application: PIN_PLUS_APPLICATION,
    family: PIN_PLUS_FAMILY,
    kind: "report",
    evidence: HID_EVIDENCE,
    models: KEYS,
    identify: async (
      session: ReportSession,
      { time, signal, timeoutMs = PROBE_MS, facts }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const { usb, usage } = facts ?? {};
      if (usb?.vendorId !== TOKEN2 || (usage?.page ?? FIDO_PAGE) !== FIDO_PAGE) {
        return { reason: "It is no FIDO interface of a Token2 key" };
      }
      const call = { signal, timeoutMs };
      const way = await findWay(session.link, { ...call, time, command: readSerial.name });
      if (!way) return { reason: "Its OTP application cannot be reached over this interface" };
      const port = reportPort(session, (onTouch) => framingOver(way, onTouch));
      return await recognise(port, { call, name, time, evidence: HID_EVIDENCE });
    },
  };
}

interface Recognising extends Pick<DriverContext, "time"> {
  readonly call: CallOptions;
  readonly name: string;
  readonly evidence: Evidence;
}

/** The application is there: it tells its serial number, and whether it has a PIN. */
async function recognise(
  port: OtpPort,
  { call, name: driver, time, evidence }: Recognising,
): Promise<Token | NotRecognised> {
  try {
    const serial = await serialOf(port, call);
    const flag = await flagOf(port, call);
    return new PinPlusToken({ port, serial, flag, time, driver, evidence });
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    return { reason: error.message };
  }
}

/** The OTP application tells it, or the FIDO application does: clients disagree about which. */
async function serialOf(port: OtpPort, call: CallOptions): Promise<string> {
  try {
    return await port.send(readSerial, undefined, call);
  } catch (error) {
    if (!(error instanceof TokenError) || error.kind !== "unsupported" || !port.selects) {
      throw error;
    }
    await port.send(selectFido, undefined, call);
    const serial = await port.send(readSerial, undefined, call);
    await port.send(selectOtp, undefined, call);
    return serial;
  }
}

/** Firmware before 3.4 knows of no PIN, and says so in one of several ways. */
async function flagOf(port: OtpPort, call: CallOptions): Promise<PinFlag | undefined> {
  try {
    return await port.send(readPinFlag, { bytes: FLAG_BYTES.short }, call);
  } catch (error) {
    if (!(error instanceof TokenError)) throw error;
    if (error.kind === "unsupported") return undefined;
    if (error.kind === "locked") return { set: true, tries: 0, challenge: undefined };
    throw error;
  }
}
