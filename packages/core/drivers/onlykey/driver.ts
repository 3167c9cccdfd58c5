import type { ReportSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type {
  DriverContext,
  Evidence,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { readLabels } from "./commands.ts";
import { LOCKED, NOT_SET_UP, onlykeyFraming } from "./framing.ts";
import { ONLYKEY_TRAITS, OnlyKeyToken } from "./token.ts";

const EVIDENCE: Evidence = {
  level: "simulator",
  note:
    "Written from the maker's client (trustcrypto/python-onlykey@c983cca) and from what its firmware " +
    "answers (trustcrypto/libraries); tried against our simulated token alone.",
};

/** Vendor and product ids. */
const IDS: readonly (readonly [vendorId: number, productId: number])[] = [
  [0x16c0, 0x0486],
  [0x1d50, 0x60fc],
];

/**
 * The driver for the TOTP slots of an OnlyKey.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { onlykey } from "@otpsmith/core/drivers/onlykey";
 *
 * const station = createStation({ transports: [], drivers: [onlykey()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function onlykey(): TokenDriver<"report"> {
  return {
    name: "onlykey",
    family: "OnlyKey",
    kind: "report",
    evidence: EVIDENCE,
    models: [{
      model: "OnlyKey",
      toldBy: "USB 16C0:0486 or 1D50:60FC",
      traits: ONLYKEY_TRAITS,
      source: "trustcrypto/python-onlykey@c983cca",
      remark:
        "of its 12 slots (24 on a DUO) only nine are written: two versions of the maker's client number the " +
        "others differently. Its PIN is typed on its own buttons, and it has to be in configuration mode.",
    }],
    identify: async (
      session: ReportSession,
      { signal, timeoutMs, time, facts }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const { usb, usbSerial } = facts ?? {};
      if (!usb || !IDS.some(([v, p]) => v === usb.vendorId && p === usb.productId)) {
        return { reason: "It is no OnlyKey" };
      }
      try {
        const call = { signal, timeoutMs, framing: onlykeyFraming };
        const labels = await session.send(readLabels, undefined, call);
        return new OnlyKeyToken({
          session,
          labels,
          serial: usbSerial ?? "not told",
          time,
          evidence: EVIDENCE,
        });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        // It is one, and says what is missing.
        if (error.status === LOCKED || error.status === NOT_SET_UP) throw error;
        return { reason: error.message };
      }
    },
  };
}
