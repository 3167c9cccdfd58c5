import type { TokenTraits } from "../../token/mod.ts";
import { NAME_PART_BYTES } from "./entry.ts";

/** One row of the model table. */
export interface PinPlusModel {
  /** Name as the maker writes it, with its release. */
  readonly model: string;
  /** What its serial number begins with. */
  readonly serialPrefix: string;
}

/** Where the rows were learned. */
export const PIN_PLUS_SOURCE = "go-ctap/token2@1c56620, models.go";

const row = (serialPrefix: string, model: string): PinPlusModel => ({ model, serialPrefix });

/** Models by their serial numbers. One that is not here is of this family all the same. */
export const PIN_PLUS_MODELS: readonly PinPlusModel[] = [
  row("86105", "T2F2 USB-A NFC (R1)"),
  row("86104", "T2F2 USB-C NFC (R1)"),
  row("86103", "T2F2 Dual NFC (R1)"),
  row("86202", "FIDO Card (R1)"),
  row("96105", "PIN+ USB-A NFC (R2)"),
  row("96104", "PIN+ USB-C NFC (R2)"),
  row("96103", "PIN+ Dual NFC (R2)"),
  row("76103", "PIN+ Dual NFC (R3)"),
  row("76104", "PIN+ USB-C NFC (R3)"),
  row("76202", "FIDO Card (R3)"),
  row("76105", "PIN+ USB-A NFC (R3.1)"),
  row("72102", "PIN+ Mini USB-C (R3.1)"),
  row("77103", "PIN+ Dual NFC (R3.2)"),
  row("72101", "PIN+ Mini USB-A (R3.2)"),
  row("72103", "PIN+ Bio3 Dual (R3.2)"),
  row("66105", "PIN+ USB-A NFC (R3.3)"),
  row("66104", "PIN+ USB-C NFC (R3.3)"),
  row("66103", "PIN+ Dual NFC (R3.3)"),
  row("66202", "FIDO Card NFC (R3.3)"),
  row("66101", "PIN+ Mini USB-A (R3.3)"),
  row("66111", "PIN+ Mini USB-C (R3.3)"),
  row("72113", "PIN+ Bio3 Dual (R3.3)"),
  row("65103", "PIN+ Dual Ace (R3.4)"),
  row("72114", "PIN+ Bio3 Dual (R3.4)"),
  row("65101", "PIN+ Mini USB-A (R3.4)"),
  row("65111", "PIN+ Mini USB-C (R3.4)"),
];

/** What a blank card with the maker's open applet is called. */
export const OPEN_APPLET = "Token2 OTP applet on a card";
/** What a key is called that is not in the table. */
export const OTHER_KEY = "Token2 key with an OTP application";

/** A serial number of ten hexadecimal digits is of the open applet: keys have fourteen decimal ones. */
function isOpenApplet(serial: string): boolean {
  return /^[0-9A-F]{10}$/i.test(serial);
}

/**
 * The model of a serial number. The application is known by its name (AID), so that a key which is missing
 * in the table can be written, too.
 *
 * @example A key of release 3.4
 * ```ts
 * import { pinPlusModel } from "@otpsmith/core/drivers/token2_pinplus";
 *
 * if (pinPlusModel("65103000000001") !== "PIN+ Dual Ace (R3.4)") throw new Error("unexpected");
 * ```
 */
export function pinPlusModel(serial: string): string {
  if (isOpenApplet(serial)) return OPEN_APPLET;
  const known = serial.length === 14 &&
    PIN_PLUS_MODELS.find(({ serialPrefix }) => serial.startsWith(serialPrefix));
  return known ? known.model : OTHER_KEY;
}

/** Entries: of keys by the maker's own table of releases, of the open applet by its source. */
const ENTRIES = { key: 50, applet: 32 } as const;
/**
 * Names and seed share one command with our public key: 255 bytes, less that key, less what is filled up to
 * whole blocks, less head and lengths. A longer form exists, and readers that speak T=0 refuse it.
 */
export const NAME_AND_SEED_BYTES = 166;

/** What a token of this family can do. */
export function pinPlusTraits(
  { serial, locked }: { readonly serial: string; readonly locked: boolean },
): TokenTraits {
  const applet = isOpenApplet(serial);
  return {
    slots: {
      count: applet ? ENTRIES.applet : ENTRIES.key,
      titleBytes: 2 * NAME_PART_BYTES + 1,
      titleParts: { bytes: NAME_PART_BYTES },
      titleCharacters: "ascii",
      titleAndSeedBytes: NAME_AND_SEED_BYTES + 1, // with the colon, which is not kept
      foundBy: "title",
    },
    seed: { minBytes: 1, maxBytes: 64 },
    algorithms: ["SHA1", "SHA256"],
    digits: [6, 8, 4, 5, 7, 9, 10],
    periods: [30, 60, 15, 10, 20, 40, 45, 50, 90, 120, 180, 240, 300, 600, 900, 1800, 3600],
    displayOffSeconds: [],
    clockWrite: "none",
    settings: "with-seed",
    touch: !applet, // a card has nothing to touch, and gives the code all the same
    access: locked ? "password" : "none",
    proof: ["computed"],
    hands: [],
  };
}
