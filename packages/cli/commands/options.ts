/** One option of a command, as data. */
export interface OptionSpec {
  /** As commander reads it: `--reader <name>`. */
  readonly flags: string;
  /** One line for `--help`. */
  readonly says: string;
  /** The only values there are. */
  readonly choices?: readonly string[];
  /** Value where the option is left out. */
  readonly default?: string;
  /** The value is a whole number in this range; where it is a word, only if `orText` says that it may be. */
  readonly number?: { readonly from: number; readonly to: number; readonly orText?: boolean };
  /** Whether it may be given several times. */
  readonly repeatable?: boolean;
  /** Whether the command cannot do without it. */
  readonly required?: boolean;
  /** May be repeated; describes the token that was named last (`sim run`). */
  readonly ofToken?: "model" | "serial" | "state" | "reader";
}

/** For every command. */
export const COMMON: readonly OptionSpec[] = [
  { flags: "--json", says: "one JSON object a line, the last one with the result" },
  { flags: "--trace", says: "show every exchange with the token, secrets left out" },
];

const YES: OptionSpec = {
  flags: "--yes",
  says: "do not ask before the token is overwritten",
};

const HOST_CLOCK: OptionSpec = {
  flags: "--host-clock-checked",
  says: "this computer's clock was compared with another one and is right",
};

const PICK: OptionSpec = {
  flags: "--pick <number>",
  says: "which of several codes in the source, counted from 1",
  number: { from: 1, to: 1000 },
};

/** Sources that are no files: which part of the screen is meant, how long it is waited for, the clipboard. */
export const SCREEN: readonly OptionSpec[] = [
  {
    flags: "--monitor <number>",
    says: "with the source 'screen': this monitor alone, counted from 1",
    number: { from: 1, to: 99 },
  },
  {
    flags: "--window <title>",
    says: "with 'screen' or 'window': windows with this in their title, or of this number",
  },
  { flags: "--watch", says: "with 'screen' or 'window': wait until a code is shown" },
  {
    flags: "--timeout <seconds>",
    says: "how long --watch waits; for ever if left out",
    number: { from: 1, to: 86_400 },
  },
  {
    flags: "--clear-clipboard",
    says: "with the source 'clipboard': empty it once the account was read",
  },
];

/** Settings that a source may leave open. */
export const PARAMETERS: readonly OptionSpec[] = [
  {
    flags: "--algorithm <name>",
    says: "hash function of a bare seed, or that the token was burned with",
    choices: ["SHA1", "SHA256", "SHA512"],
  },
  {
    flags: "--period <seconds>",
    says: "time step of a bare seed, or that the token was burned with",
    number: { from: 1, to: 3600 },
  },
];

/** What a comparison may know of the time before. */
export const PREVIOUS: OptionSpec = {
  flags: "--previous <source>",
  says: "picture or file of the seed that was in the token before",
};

const AS: OptionSpec = {
  flags: "--as <form>",
  says: "how a bare seed, or those of a CSV file, are written; never guessed",
  choices: ["base32", "hex"],
};

/** How an encrypted file is opened. */
const UNLOCK: readonly OptionSpec[] = [
  {
    flags: "--passphrase-fd <number>",
    says: "file descriptor with the passphrase of an encrypted file; asked for if left out",
    number: { from: 0, to: 1023 },
  },
  { flags: "--key-file <file>", says: "key of an encrypted PSKC file: bytes, or hexadecimal" },
];

/** How a source is read. */
export const ACCOUNT: readonly OptionSpec[] = [
  PICK,
  AS,
  ...UNLOCK,
  ...PARAMETERS,
  { flags: "--digits <number>", says: "code length of a bare seed", number: { from: 1, to: 10 } },
];

/** A simulated token instead of a reader. */
export const SIMULATOR: readonly OptionSpec[] = [
  {
    flags: "--simulator <file>",
    says: "use a simulated token whose storage is FILE; made if missing",
  },
  { flags: "--token <spec>", says: "what a new FILE becomes, such as token2-single:C302-i" },
];

const BINDING: OptionSpec = {
  flags: "--binding <name>",
  says: "what calls PC/SC",
  choices: ["pcsclite", "koffi"],
};

const PROFILE: OptionSpec = {
  flags: "--profile <name>",
  says: "profile of tokens under another label: a path, or its name; may be repeated",
  repeatable: true,
};

/** Applications that stand side by side on one key, in the order in which they are looked for. */
export const APPLICATIONS: readonly string[] = ["oath", "slots", "token2"];

/** Which readers are looked at. */
export const READERS: readonly OptionSpec[] = [
  { flags: "--reader <name>", says: "part of the reader's name" },
  {
    flags: "--transport <name>",
    says: "pcsc (default), ccid, hid, pn532:PORT, or the path of a module; may be repeated",
    repeatable: true,
  },
  BINDING,
  PROFILE,
  ...SIMULATOR,
];

/** Which token is meant. */
export const TOKEN: readonly OptionSpec[] = [
  ...READERS,
  {
    flags: "--application <name>",
    says:
      "which application of a key that has several: oath before slots before token2 unless given",
    choices: APPLICATIONS,
  },
  {
    flags: "--serial <digits>",
    says: "the token's serial number: no other token is written",
  },
  {
    flags: "--wait <seconds>",
    says: "how long to wait for a token",
    number: { from: 0, to: 86_400 },
  },
];

/** Where a token's key, password or PIN comes from. */
export const SECRET: readonly OptionSpec[] = [
  { flags: "--ask-key", says: "ask for the token's key, password or PIN, hidden" },
  {
    flags: "--key-fd <number>",
    says: "file descriptor to read it from; else the variable OTPSMITH_TOKEN_KEY",
    number: { from: 0, to: 1023 },
  },
];

const SLOT_NUMBER = { from: 0, to: 9999 };

/** One slot of a token that has several. */
export const SLOT: OptionSpec = {
  flags: "--slot <number>",
  says: "which slot, on tokens with several",
  number: SLOT_NUMBER,
};

/** The slot whose code is compared. */
export const CODE_SLOT: OptionSpec = {
  flags: "--slot <slot>",
  says: "which slot, on tokens with several: its number, or its title where slots have none",
  number: { ...SLOT_NUMBER, orText: true },
};

/** Slots whose clocks are set. */
export const CLOCK_SLOTS: OptionSpec = {
  ...SLOT,
  says: "which slot, where each has a clock; may be repeated; all unless given",
  repeatable: true,
};

/** Slots that are erased. */
export const ERASE: readonly OptionSpec[] = [
  {
    flags: "--slot <slot>",
    says: "number of the slot, or its title where slots have no number; may be repeated",
    number: { ...SLOT_NUMBER, orText: true },
    repeatable: true,
    required: true,
  },
  { flags: "--dry-run", says: "show the plan and write nothing" },
  YES,
];

/** Where seeds go in a token with several slots. */
export const BURN_SLOTS: readonly OptionSpec[] = [
  {
    flags: "--slot <slot>",
    says: "which slot, on tokens with several: a number, or next for the first that is free",
    number: { ...SLOT_NUMBER, orText: true },
  },
  { flags: "--all", says: "burn all accounts of the source, into slots that follow each other" },
  { flags: "--title <text>", says: "title of the slot; made of the account's name unless given" },
  {
    flags: "--replace <slot>",
    says: "agree to lose the seed in this slot, by number or title; may be repeated",
    number: { ...SLOT_NUMBER, orText: true },
    repeatable: true,
  },
  { flags: "--touch", says: "want a touch for each code, on tokens that can do so" },
];

/** How a token's key is changed. */
export const KEY: readonly OptionSpec[] = [
  {
    flags: "--new-key-fd <number>",
    says: "file descriptor to read the new one from; else the variable OTPSMITH_NEW_TOKEN_KEY",
    number: { from: 0, to: 1023 },
  },
  { flags: "--remove", says: "take it away, on tokens that can do without" },
];

/** Consent to lose all that a token holds. */
export const RESET: OptionSpec = {
  flags: "--erase-all <serial>",
  says: "agree that all seeds in the token with this serial number are lost",
};

/** What a burn may do. */
export const BURN: readonly OptionSpec[] = [
  { flags: "--no-sync", says: "leave the token's clock as it is" },
  {
    flags: "--display-off <seconds>",
    says: "when the display goes off",
    number: { from: 1, to: 3600 },
  },
  HOST_CLOCK,
  { flags: "--dry-run", says: "show the plan and write nothing" },
  YES,
];

/** The code of a token. */
export const CODE: OptionSpec = {
  flags: "--code <digits>",
  says: "the code on the token's display, for the proof",
};

/** A code that nobody types. */
export const FROM_TOKEN: OptionSpec = {
  flags: "--from-token",
  says: "ask the token for the code: keys that compute codes, and displays that can be read",
};

/** What setting the clock may do. */
export const CLOCK: readonly OptionSpec[] = [
  { flags: "--sync", says: "set the token's clock to this computer's" },
  {
    flags: "--erase-seed",
    says: "agree to lose the seed, on models that forget it when the clock is set",
  },
  HOST_CLOCK,
  YES,
];

/** Simulated tokens on readers of their own. */
export const SIM_RUN: readonly OptionSpec[] = [
  {
    flags: "--token <spec>",
    says: "FAMILY:MODEL, as token2-single:C302-i or oath:yubikey5; may be repeated",
    ofToken: "model",
  },
  { flags: "--serial <digits>", says: "its serial number", ofToken: "serial" },
  {
    flags: "--state <file>",
    says: "where it keeps its storage; made if missing",
    ofToken: "state",
  },
  { flags: "--reader <name>", says: "what its reader is called", ofToken: "reader" },
  { flags: "--scenario <file>", says: "a bench of tokens, described in a file" },
  {
    flags: "--expose <how>",
    says: "readers of a private daemon (two drivers), or USB devices over USB/IP",
    choices: ["pcscd", "vpcd", "usbip"],
    default: "pcscd",
  },
  { flags: "--listen <address>", says: "where usbip listens; 127.0.0.1:3240 if left out" },
];

/** What the conformance kit is run against. */
export const CONFORMANCE: readonly OptionSpec[] = [
  { flags: "--transport <name>", says: "the path of a module, pcsc, or pn532:PORT" },
  BINDING,
  ...SIMULATOR,
  PROFILE,
  { flags: "--echo <name>", says: "part of the name of the reader on which an echo card lies" },
  { flags: "--absent <name>", says: "part of the name of a reader without a card" },
  { flags: "--reader <name>", says: "part of the name of a reader with a token, which is read" },
  { flags: "--tier <range>", says: "which tiers: 0, 1, 0-2; all that write nothing, if left out" },
  {
    flags: "--only <case>",
    says: "this case alone; 'transport/echo/' means all that begin so; may be repeated",
    repeatable: true,
  },
  {
    flags: "--patience <seconds>",
    says: "how long one case may take; 60 if left out",
    number: { from: 1, to: 3600 },
  },
  { flags: "--markdown", says: "print a report for a pull request" },
  {
    flags: "--allow-burn <serial>",
    says: "also try tier 4, which overwrites this token; its seed is lost",
  },
  YES,
];

const REVEAL: OptionSpec = {
  flags: "--reveal",
  says: "show secrets: on the terminal, and in the result of --json",
};

/** Where secrets are written. */
const OUT: readonly OptionSpec[] = [
  {
    flags: "--out <file>",
    says: "the file, which only you may read; standard output if left out and no terminal",
  },
  { flags: "--force", says: "replace the file if it is there" },
  REVEAL,
];

/** Reading a file with tokens. */
export const IMPORT: readonly OptionSpec[] = [AS, ...UNLOCK, REVEAL];

// The names are written out, so that '--help' loads no format; a test compares them with the library's.
const NEUTRAL = ["csv", "pskc", "otpauth"];
const FOR_PROVIDERS =
  "entra-csv entra-graph duo privacyidea-csv privacyidea-pskc freeipa linotp netiq pingone okta";
const PROVIDERS =
  "alibaba-cloud aws duo entra entra-upload freeipa linotp okta pingone privacyidea " +
  "rapididentity";

/** Writing one: what an identity provider takes, and what no provider asks for. */
export const EXPORT: Readonly<Record<"provider" | "neutral", readonly OptionSpec[]>> = {
  provider: exporting(FOR_PROVIDERS.split(" ")),
  neutral: exporting(NEUTRAL),
};

function exporting(choices: readonly string[]): readonly OptionSpec[] {
  return [
    { flags: "--to <format>", says: "what is written", choices, required: true },
    ...OUT,
    { flags: "--partial", says: "leave out entries that cannot be read, instead of stopping" },
    AS,
    ...UNLOCK,
    {
      flags: "--new-passphrase-fd <number>",
      says: "file descriptor with the passphrase of a new PSKC file; asked for if left out",
      number: { from: 0, to: 1023 },
    },
    {
      flags: "--new-key-file <file>",
      says: "key of a new PSKC file instead: 16 bytes, or hexadecimal",
    },
  ];
}

/** Drawing a code. */
export const QR: readonly OptionSpec[] = [...ACCOUNT, ...OUT];

/** Where the codes will be checked. */
export const FOR: OptionSpec = {
  flags: "--for <provider>",
  says: "stop if the account will not work at this provider",
  choices: PROVIDERS.split(" "),
};

/** Asking what a provider takes. */
export const CHECK: readonly OptionSpec[] = [...ACCOUNT, FOR];
