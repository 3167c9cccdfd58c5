/** One entry as it is kept. Byte strings are in hexadecimal. */
export interface PinPlusEntry {
  /** 0 counts presses, 1 time steps, as on the wire. */
  readonly type: number;
  /** C1 SHA-1, C2 SHA-256, as on the wire. */
  readonly hash: number;
  /** Time step in seconds. */
  readonly step: number;
  /** Code length. */
  readonly digits: number;
  /** Whether a code needs a touch. */
  readonly touch: number;
  /** First part of the name. */
  readonly app: string;
  /** Second part of the name. */
  readonly account: string;
  /** The seed. */
  readonly seed: string;
  /** How many codes were taken, of an entry that counts presses. */
  readonly counter: number;
}

/** The OTP PIN as it is kept. */
export interface KeptPin {
  /** Its SHA-256. */
  readonly digest: string;
  /** How many bytes it has. */
  readonly length: number;
  /** Tries at first, and those that are left. */
  readonly most: number;
  readonly left: number;
}

/** All that a simulated key keeps. */
export interface PinPlusMemory {
  /** The private key of the pair that entries are encrypted to. */
  readonly privateKey: string;
  /** The entries, oldest first. */
  readonly entries: readonly PinPlusEntry[];
  /** The OTP PIN. */
  readonly pin: KeptPin | null;
  /** Interfaces that are switched off, as on the wire. */
  readonly off: number;
  /** Whether TOTP is on; nothing but the configuration shows it. */
  readonly totp: boolean;
}
