import vectors from "./yubikey_slots.json" with { type: "json" };

interface SlotsGolden {
  readonly origin: string;
  readonly seed: string;
  readonly write: { readonly slot: 2; readonly apdu: string; readonly reports: readonly string[] };
  readonly challenge: {
    readonly slot: 2;
    readonly step: number;
    readonly apdu: string;
    readonly reports: readonly string[];
    readonly answer: string;
    readonly code: string;
    readonly checked: string;
  };
  readonly serial: { readonly reports: readonly string[] };
  readonly empty: { readonly slot: 2; readonly reports: readonly string[] };
  readonly hotp: readonly {
    readonly digits: 6 | 8;
    readonly counter: number;
    readonly uid: string;
    readonly tail: string;
  }[];
}

/** Bytes of a YubiKey's OTP slots that driver and virtual token are held to, each on its own. */
export const yubikeySlots: SlotsGolden = vectors as SlotsGolden;
