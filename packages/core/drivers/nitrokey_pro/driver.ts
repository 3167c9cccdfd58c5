import type { FeatureSession } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type {
  DriverContext,
  Evidence,
  NotRecognised,
  Token,
  TokenDriver,
} from "../../token/mod.ts";
import { readStatus, readTries } from "./commands.ts";
import { nitrokeyFraming } from "./framing.ts";
import { NITROKEY_PRO_TRAITS, NitrokeyProToken } from "./token.ts";

const EVIDENCE: Evidence = {
  level: "published-tool",
  note:
    "Written from the maker's library (Nitrokey/libnitrokey@8349374), whose own function computes the " +
    "same checksums; tried against our simulated token alone.",
};

const VENDOR = 0x20a0;
const MODELS = new Map<number, "Nitrokey Pro" | "Nitrokey Storage">([
  [0x4108, "Nitrokey Pro"],
  [0x4109, "Nitrokey Storage"],
]);

/**
 * The driver for the TOTP slots of a Nitrokey Pro (from firmware 0.8) or Storage.
 *
 * @example Name it explicitly
 * ```ts
 * import { createStation } from "@otpsmith/core";
 * import { nitrokeyPro } from "@otpsmith/core/drivers/nitrokey_pro";
 *
 * const station = createStation({ transports: [], drivers: [nitrokeyPro()] });
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function nitrokeyPro(): TokenDriver<"feature"> {
  return {
    name: "nitrokey_pro",
    family: "Nitrokey Pro and Storage",
    kind: "feature",
    evidence: EVIDENCE,
    models: Array.from(MODELS, ([productId, model]) => ({
      model,
      toldBy: `USB 20A0:${productId.toString(16)}${
        model === "Nitrokey Pro" ? ", firmware from 0.8" : ""
      }`,
      traits: NITROKEY_PRO_TRAITS,
      source: "Nitrokey/libnitrokey@8349374",
    })),
    identify: async (
      session: FeatureSession,
      { signal, timeoutMs, facts }: DriverContext,
    ): Promise<Token | NotRecognised> => {
      const { usb } = facts ?? {};
      const model = usb?.vendorId === VENDOR ? MODELS.get(usb.productId) : undefined;
      if (!model) return { reason: "It is no Nitrokey Pro or Storage" };
      const call = { signal, timeoutMs, framing: nitrokeyFraming };
      try {
        const status = await session.send(readStatus, undefined, call);
        const tries = await session.send(readTries, undefined, call);
        return new NitrokeyProToken({ session, status, tries, model, evidence: EVIDENCE });
      } catch (error) {
        if (!(error instanceof TokenError)) throw error;
        return { reason: error.message };
      }
    },
  };
}
