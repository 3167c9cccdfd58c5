/** How one maker's security key differs from another's, as far as the simulator plays it. */
export interface SecurityKeyModel {
  /** Short name. */
  readonly name: string;
  /** Answer to reset, in hexadecimal. */
  readonly atr: string;
  /** Version that its OATH application tells. */
  readonly version: readonly [number, number, number];
  /** Whether it has the management application, which tells the serial number. */
  readonly management: boolean;
  /** How many OATH entries it holds. */
  readonly entries: number;
  /** Longest name in bytes. */
  readonly nameBytes: number;
  /** Shortest and longest code. */
  readonly digits: readonly [number, number];
  /** Hash functions, by their codes. */
  readonly algorithms: readonly number[];
  /** Whether entries can ask for a touch. */
  readonly touch: boolean;
  /** Whether an entry of the same name is overwritten, else refused. */
  readonly overwrites: boolean;
  /** Whether entries can be renamed. */
  readonly renames: boolean;
  /** Whether it can be reset with the application's own command. */
  readonly resets: boolean;
  /** What a wrong password is answered with. */
  readonly wrongPassword: number;
  /** Whether the session stays open after a password was set. */
  readonly staysOpen: boolean;
  /** What is added to the start of a HOTP counter. */
  readonly firstCount: 0 | 1;
  /** Whether it has OTP slots, over the card and over a keyboard. */
  readonly slots: boolean;
  /** Whether it is a Nitrokey 3: a PIN in the place of the password, and a way over its FIDO interface. */
  readonly secrets: boolean;
  /** What a write of a slot is answered with that is not carried out; left out, its status does not move. */
  readonly slotRefusal?: number | undefined;
  /** `left`: `61 xx` says how many bytes are left. `FF`: it always says `61 FF`. */
  readonly more: "left" | "FF";
}

/** In what one key may differ from its model, each by itself: where makers and documents disagree. */
export type OathQuirks = Partial<
  Pick<
    SecurityKeyModel,
    | "overwrites"
    | "renames"
    | "resets"
    | "wrongPassword"
    | "staysOpen"
    | "firstCount"
    | "more"
    | "nameBytes"
    | "entries"
  >
>;

const YUBIKEY_5: SecurityKeyModel = {
  name: "yubikey5",
  atr: "3BFD1300008131FE158073C021C057597562694B657940",
  version: [5, 4, 3],
  management: true,
  entries: 32,
  nameBytes: 64,
  digits: [6, 8],
  algorithms: [1, 2, 3],
  touch: true,
  overwrites: true,
  renames: true,
  resets: true,
  wrongPassword: 0x6984,
  staysOpen: true,
  firstCount: 0,
  slots: true,
  secrets: false,
  more: "left",
};

/**
 * The keys that can be played. What is said of YubiKeys is from the maker's documents; CanoKey is as
 * canokey-core@26dc6e8 was measured, pico-fido as pico-fido@1308b81 was.
 */
export const SECURITY_KEY_MODELS: readonly SecurityKeyModel[] = [
  YUBIKEY_5,
  { ...YUBIKEY_5, name: "yubikey5.7", version: [5, 7, 1], entries: 64 },
  {
    ...YUBIKEY_5,
    name: "yubikey4",
    atr: "3BF81300008131FE15597562696B657934D4",
    version: [4, 3, 7],
    renames: false,
  },
  {
    ...YUBIKEY_5,
    name: "yubikey-neo",
    atr: "3BFC1300008131FE15597562696B65794E454F7233E1",
    version: [3, 4, 0],
    entries: 28,
    algorithms: [1, 2],
    touch: false,
    renames: false,
  },
  {
    ...YUBIKEY_5,
    name: "canokey",
    atr: "3BF71100008131FE6543616E6F6B657999",
    version: [6, 0, 0],
    management: false,
    entries: 100,
    digits: [4, 8],
    overwrites: false,
    resets: false,
    wrongPassword: 0x6a80,
    staysOpen: false,
    firstCount: 1,
    slots: false,
    more: "FF",
  },
  {
    ...YUBIKEY_5,
    name: "nitrokey3",
    atr: "3B8C01805A4E6974726F6B657920337D",
    version: [4, 13, 0],
    management: false,
    entries: 50,
    nameBytes: 128,
    digits: [6, 8],
    algorithms: [1, 2],
    overwrites: false,
    renames: false,
    slots: false,
    secrets: true,
    more: "FF",
  },
  {
    ...YUBIKEY_5,
    name: "pico-fido",
    atr: "3B80800101", // its own was not noted down; this one says nothing
    version: [8, 0, 0],
    entries: 255,
    nameBytes: 68,
    slotRefusal: 0x6982,
    digits: [6, 10],
  },
];
