import vectors from "./token2.json" with { type: "json" };

/** One write of a seed. */
export interface SeedVector {
  readonly profile?: number;
  readonly seed: string;
  readonly apdu: string;
  readonly sw?: string;
  readonly stored?: string;
}

/** One write of settings. */
export interface ConfigVector {
  readonly profile?: number;
  readonly displayOff: number;
  readonly alg: 1 | 2;
  readonly step: number;
  readonly digits?: number;
  readonly time?: number;
  readonly apdu: string;
}

interface Golden {
  readonly origin: string;
  readonly challenge: string;
  readonly time: number;
  readonly sm4: readonly { readonly key: string; readonly in: string; readonly out: string }[];
  readonly molto2: {
    readonly customerKeyAscii: string;
    readonly sm4Key: string;
    readonly answer: string;
    readonly seed: readonly SeedVector[];
    readonly clear: readonly {
      readonly profile: number;
      readonly zeros: number;
      readonly apdu: string;
    }[];
    readonly title: readonly {
      readonly profile: number;
      readonly title: string;
      readonly apdu: string;
    }[];
    readonly config: readonly ConfigVector[];
    readonly sync: readonly {
      readonly profile: number;
      readonly time: number;
      readonly apdu: string;
    }[];
    readonly setKey: readonly {
      readonly newAscii: string;
      readonly newSm4: string;
      readonly apdu: string;
    }[];
  };
  readonly token2single: {
    readonly sm4Key: string;
    readonly answer: string;
    readonly seed: readonly SeedVector[];
    readonly rejectedMinimalPad: readonly SeedVector[];
    readonly truncatedMinimalPad: readonly SeedVector[];
    readonly config: readonly ConfigVector[];
  };
}

/** Bytes that drivers must send and virtual tokens must take: both are held to them, on their own. */
export const golden: Golden = vectors as Golden;
