import vectors from "./ykoath.json" with { type: "json" };

interface YkoathGolden {
  readonly origin: string;
  readonly seed: string;
  readonly put: readonly {
    readonly name: string;
    readonly type: "totp" | "hotp";
    readonly algorithm: "SHA1" | "SHA256";
    readonly digits: number;
    readonly touch?: boolean;
    readonly counter?: number;
    readonly seed: string;
    readonly apdu: string;
  }[];
  readonly calculate: {
    readonly name: string;
    readonly step: number;
    readonly apdu: string;
    readonly answer: string;
    readonly code: string;
    readonly fullApdu: string;
    readonly fullAnswer: string;
  };
  readonly calculateHotp: { readonly name: string; readonly apdu: string };
  readonly rename: { readonly from: string; readonly to: string; readonly apdu: string };
  readonly delete: { readonly name: string; readonly apdu: string };
  readonly reset: string;
  readonly list: string;
  readonly selectOath: string;
  readonly setCode: { readonly key: string; readonly challenge: string; readonly apdu: string };
  readonly passwords: readonly {
    readonly password: string;
    readonly id: string;
    readonly key: string;
    readonly challenge: string;
    readonly answer: string;
  }[];
  readonly deviceId: { readonly id: string; readonly text: string };
}

/** Bytes of the OATH application that driver and virtual token are held to, each on its own. */
export const ykoath: YkoathGolden = vectors as YkoathGolden;
