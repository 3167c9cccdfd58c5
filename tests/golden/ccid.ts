import vectors from "./ccid.json" with { type: "json" };

/** One message from the host, field by field and as bytes. */
export interface CommandVector {
  readonly name: string;
  readonly type: number;
  readonly slot: number;
  readonly sequence: number;
  readonly specific: string;
  readonly data: string;
  readonly bytes: string;
}

/** One message to the host, field by field and as bytes. */
export interface AnswerVector extends Omit<CommandVector, "specific"> {
  readonly card: number;
  readonly outcome: "ok" | "failed" | "extended";
  readonly error: number;
  readonly specific: number;
}

interface GoldenCcid {
  readonly origin: string;
  readonly commands: readonly CommandVector[];
  readonly answers: readonly AnswerVector[];
  readonly slotChanges: readonly {
    readonly name: string;
    readonly slots: readonly { readonly present: boolean; readonly changed: boolean }[];
    readonly bytes: string;
  }[];
  readonly descriptors: readonly {
    readonly reader: string;
    readonly version: number;
    readonly slots: number;
    readonly voltages: number;
    readonly protocols: number;
    readonly ifsd: number;
    readonly features: number;
    readonly message: number;
    readonly bytes: string;
  }[];
  readonly t1: readonly {
    readonly name: string;
    readonly nad: number;
    readonly pcb: number;
    readonly data: string;
    readonly check: "lrc" | "crc";
    readonly bytes: string;
  }[];
}

/** Bytes of the CCID protocol: the transport and the virtual reader are both held to them, on their own. */
export const goldenCcid: GoldenCcid = vectors as GoldenCcid;
