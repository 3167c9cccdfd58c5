import vectors from "./hid.json" with { type: "json" };

interface GoldenHid {
  readonly origin: string;
  readonly reportDescriptors: readonly {
    readonly name: string;
    readonly page: number;
    readonly usage: number;
    readonly numbered: boolean;
    /** Bytes of each kind of report, 0 where there is none. */
    readonly input: number;
    readonly output: number;
    readonly feature: number;
    readonly bytes: string;
  }[];
}

/** Report descriptors: the transport reads them, the virtual tokens have them. */
export const goldenHid: GoldenHid = vectors;
