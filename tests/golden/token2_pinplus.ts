import vectors from "./token2_pinplus.json" with { type: "json" };

interface Pair {
  readonly private: string;
  readonly public: string;
}

interface PinPlusGolden {
  readonly origin: string;
  readonly time: number;
  readonly seed: string;
  readonly app: string;
  readonly account: string;
  readonly host: Pair;
  readonly device: Pair;
  readonly shared: string;
  readonly blobKey: string;
  readonly clear: string;
  readonly write: string;
  readonly delete: string;
  readonly select: string;
  readonly serial: string;
  readonly publicKey: string;
  readonly pinFlag: string;
  readonly pinChallenge: string;
  readonly eraseAll: string;
  readonly readAll: { readonly apdu: string; readonly answer: string };
  readonly readOne: { readonly apdu: string; readonly answer: string };
  readonly next: string;
  readonly code: string;
  /** A session with a PIN, between the same two pairs of keys. */
  readonly session: {
    readonly agree: string;
    readonly prk: string;
    readonly mac: string;
    readonly enc: string;
    readonly iv: string;
    readonly pin: string;
    readonly nextPin: string;
    readonly rand: string;
    readonly encRand: string;
    readonly set: string;
    readonly verify: string;
    readonly change: string;
    readonly remove: string;
    readonly write: string;
    readonly page: string;
  };
  /** Reports of 64 bytes that begin with 21. */
  readonly frames: { readonly publicKey: readonly string[]; readonly write: readonly string[] };
  /** Packets of vendor command 41. */
  readonly ctaphid: {
    readonly channel: number;
    readonly serial: readonly string[];
    readonly serialAnswer: readonly string[];
    readonly serialText: string;
    readonly publicKey: readonly string[];
    readonly publicKeyAnswer: readonly string[];
    readonly write: readonly string[];
  };
}

/** Commands, blobs and reports of the OTP application on Token2's FIDO keys. */
export const pinPlus: PinPlusGolden = vectors as PinPlusGolden;
