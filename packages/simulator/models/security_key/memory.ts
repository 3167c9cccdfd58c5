/** One OATH entry as it is kept. Byte strings are in hexadecimal. */
export interface OathEntry {
  /** The name, byte for byte. */
  readonly name: string;
  /** Type (10 HOTP, 20 TOTP) and hash (1, 2, 3), as on the wire. */
  readonly kind: number;
  /** Code length. */
  readonly digits: number;
  /** The key. */
  readonly key: string;
  /** Properties as on the wire: 1 challenges must rise, 2 touch. */
  readonly properties: number;
  /** What HOTP counts from. */
  readonly counter: number;
  /** The last challenge, where they must rise. */
  readonly last?: string | undefined;
}

/** All that a simulated security key keeps. */
export interface KeyMemory {
  /** Id and password salt of the OATH application: 8 bytes. */
  readonly id: string;
  /** The key of the OATH application's password. */
  readonly code: string | null;
  /** The entries, oldest first. */
  readonly entries: readonly OathEntry[];
  /** The PIN of a Nitrokey 3, and how many tries are left. */
  readonly pin: string | null;
  readonly pinTries: number;
  /** The records of the two OTP slots, 52 bytes each. */
  readonly slots: readonly [string | null, string | null];
  /** Rises with each write of a slot. */
  readonly sequence: number;
}
