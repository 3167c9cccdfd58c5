/** How one key differs from another, as far as the simulator plays it. */
export interface PinPlusModel {
  /** Short name. */
  readonly name: string;
  /** What its serial numbers begin with. */
  readonly prefix: string;
  /** How many digits they have. */
  readonly digits: number;
  /** Whether it can be reached over a reader. */
  readonly card: boolean;
  /** How its FIDO interface carries OTP commands; `none`: not at all; left out: it has no such interface. */
  readonly hid?: "reports" | "ctaphid" | "features" | "none" | undefined;
  /** How it protects itself with a PIN: as clients treat keys, as the maker's open applet, not at all. */
  readonly pin: "key" | "applet" | "none";
  /** Which application tells the serial number. */
  readonly serialAt: "otp" | "fido";
  /** Whether it has something to touch. */
  readonly touch: boolean;
  /** How many entries it holds. */
  readonly entries: number;
  /** What an empty list, or an entry that is not there, is answered with. */
  readonly notFound: 0x6a80 | 0x6a83;
}

const KEY: PinPlusModel = {
  name: "pin-plus",
  prefix: "65103",
  digits: 14,
  card: true,
  hid: "reports",
  pin: "key",
  serialAt: "otp",
  touch: true,
  entries: 50,
  notFound: 0x6a83,
};

/**
 * The keys that can be played: personalities for what sources say differently, not portraits of products.
 * `applet` is the maker's open applet (token2/token2-otp-applet@9211def) on a blank card.
 */
export const PIN_PLUS_MODELS: readonly PinPlusModel[] = [
  KEY,
  {
    ...KEY,
    name: "pin-plus-without-pin",
    prefix: "66103",
    hid: "none",
    pin: "none",
    serialAt: "fido",
    notFound: 0x6a80,
  },
  { ...KEY, name: "pin-plus-ctaphid", prefix: "96103", card: false, hid: "ctaphid", pin: "none" },
  { ...KEY, name: "pin-plus-features", prefix: "76103", hid: "features" },
  {
    name: "applet",
    prefix: "",
    digits: 10,
    card: true,
    pin: "applet",
    serialAt: "otp",
    touch: false,
    entries: 32,
    notFound: 0x6a80,
  },
];
