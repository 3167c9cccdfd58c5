import type { ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import {
  ACCOUNT,
  BURN,
  BURN_SLOTS,
  CHECK,
  CLOCK,
  CLOCK_SLOTS,
  CODE,
  CODE_SLOT,
  CONFORMANCE,
  ERASE,
  EXPORT,
  FOR,
  FROM_TOKEN,
  IMPORT,
  KEY,
  type OptionSpec,
  PARAMETERS,
  PREVIOUS,
  QR,
  READERS,
  RESET,
  SECRET,
  SIM_RUN,
  SLOT,
  TOKEN,
} from "./options.ts";
import { STATION } from "./station_options.ts";

/** A command's work. */
export type Work = (
  source: string | undefined,
  options: never,
  context: CommandContext,
) => Promise<ExitCode>;

/** One command, as data. */
export interface CommandSpec {
  /** One or two words: "burn", "sim run". */
  readonly name: string;
  /** One line for `--help`. */
  readonly says: string;
  /** Whether it takes a source, or several: pictures, texts, standard input, a prompt. */
  readonly source?: "one" | "many";
  /** Its own options, besides `--json`. */
  readonly options: readonly OptionSpec[];
  /** Command lines that people start from. */
  readonly examples: readonly string[];
  /** Loads the work when the command runs, and no sooner: `--help` stays quick. */
  readonly load: () => Promise<Work>;
}

/** Every command there is. */
export const COMMANDS: readonly CommandSpec[] = [
  {
    name: "scan",
    says: "Say what files, the screen or the clipboard hold; secrets are never shown.",
    source: "many",
    options: [{
      flags: "--list",
      says: "with 'screen': list monitors and windows, and read nothing",
    }],
    examples: [
      "otpsmith scan qr.png",
      "otpsmith scan page1.png page2.pdf",
      "otpsmith scan - --json < qr.png",
      "otpsmith scan screen                        all monitors, and windows under others",
      "otpsmith scan screen --monitor 2",
      "otpsmith scan screen --window Aliyun --watch",
      "otpsmith scan clipboard --clear-clipboard",
    ],
    load: async () => (await import("./scan.ts")).scan,
  },
  {
    name: "import",
    says: "Say which tokens or accounts a file holds; secrets are not shown.",
    source: "many",
    options: IMPORT,
    examples: [
      "otpsmith import tokens.csv",
      "otpsmith import aegis.json --json",
      "otpsmith import export1.png export2.png      all parts of an export, in any order",
    ],
    load: async () => (await import("./import.ts")).importFile,
  },
  {
    name: "export",
    says: "Write the tokens of a file in the form that an identity provider takes.",
    source: "many",
    options: EXPORT.provider,
    examples: [
      "otpsmith export tokens.csv --to entra-csv --out entra.csv",
      "otpsmith export tokens.csv --to duo | gpg --encrypt --recipient admin > duo.gpg",
    ],
    load: async () => (await import("./export.ts")).exportFile,
  },
  {
    name: "convert",
    says: "Write the tokens of a file as CSV, encrypted PSKC or otpauth links.",
    source: "many",
    options: EXPORT.neutral,
    examples: [
      "otpsmith convert backup.2fas --to pskc --out tokens.xml",
      "otpsmith convert tokens.xml --key-file key.bin --to csv --out tokens.csv",
    ],
    load: async () => (await import("./export.ts")).convertFile,
  },
  {
    name: "qr",
    says: "Draw the QR code of an account again. Whoever has the picture has the seed.",
    source: "one",
    options: QR,
    examples: ["otpsmith qr aegis.json --pick 2 --reveal", "otpsmith qr tokens.csv --out code.svg"],
    load: async () => (await import("./qr.ts")).qr,
  },
  {
    name: "check",
    says: "Say whether an account will work at a provider, or at which. Looks at no token.",
    source: "one",
    options: CHECK,
    examples: ["otpsmith check qr.png --for duo", "otpsmith check qr.png"],
    load: async () => (await import("./check.ts")).check,
  },
  {
    name: "devices",
    says: "List readers and what lies on them.",
    options: READERS,
    examples: ["otpsmith devices", "otpsmith devices --json"],
    load: async () => (await import("./devices.ts")).devices,
  },
  {
    name: "info",
    says: "Read serial number, model and clock of a token. Changes nothing.",
    options: [
      ...TOKEN,
      { flags: "--report", says: "what anything on a reader answers, to send in; no secrets" },
    ],
    examples: [
      "otpsmith info",
      "otpsmith info --reader omnikey",
      "otpsmith info --report > report.txt",
    ],
    load: async () => (await import("./info.ts")).info,
  },
  {
    name: "burn",
    says: "Burn a seed into a token and prove that it shows the right code.",
    source: "many",
    options: [...ACCOUNT, ...TOKEN, ...BURN_SLOTS, ...SECRET, ...BURN, FOR, CODE],
    examples: [
      "otpsmith burn qr.png",
      "otpsmith burn screen                        the code that is shown on any monitor",
      "otpsmith burn qr.png --reader omnikey --serial 86596321234567 --yes",
      "otpsmith burn --as hex                      asks for the seed, hidden",
      "otpsmith burn qr.png --dry-run",
      "otpsmith burn qr.png --slot 7               into slot 7 of a token with several",
      "otpsmith burn accounts.txt --all --slot next",
      "otpsmith burn export1.png export2.png --pick 12",
    ],
    load: async () => (await import("./burn.ts")).burn,
  },
  {
    name: "verify",
    says: "Compare a code with a seed: one from the token's display, or one that it is asked for.",
    source: "one",
    options: [...ACCOUNT, CODE, FROM_TOKEN, PREVIOUS, ...TOKEN, ...SECRET, CODE_SLOT],
    examples: [
      "otpsmith verify qr.png --code 123456",
      "otpsmith verify qr.png --from-token         a key that computes codes is asked",
    ],
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "clock",
    says: "Show how far a token's clock is off, or set it.",
    options: [...TOKEN, ...SECRET, CLOCK_SLOTS, ...CLOCK, ...PARAMETERS],
    examples: ["otpsmith clock", "otpsmith clock --sync"],
    load: async () => (await import("./clock.ts")).clock,
  },
  {
    name: "slots",
    says: "List what a token with several seeds holds: titles and settings, never seeds.",
    options: [...TOKEN, ...SECRET],
    examples: ["otpsmith slots", "otpsmith slots --json"],
    load: async () => (await import("./slots.ts")).slots,
  },
  {
    name: "erase",
    says: "Erase the seeds of slots.",
    options: [...TOKEN, ...SECRET, ...ERASE],
    examples: ["otpsmith erase --slot 7", "otpsmith erase --slot 7 --slot 8 --yes"],
    load: async () => (await import("./erase.ts")).erase,
  },
  {
    name: "key",
    says: "Change a token's key, password or PIN.",
    options: [...TOKEN, ...SECRET, ...KEY],
    examples: [
      "otpsmith key                               asks for the new one, hidden",
      "otpsmith key --key-fd 3 --new-key-fd 4 3< old.txt 4< new.txt",
    ],
    load: async () => (await import("./key.ts")).key,
  },
  {
    name: "lock",
    says: "Lock a token's screen, or unlock it.",
    options: [...TOKEN, ...SECRET, { flags: "--undo", says: "unlock it" }],
    examples: ["otpsmith lock", "otpsmith lock --undo"],
    load: async () => (await import("./lock.ts")).lock,
  },
  {
    name: "reset",
    says: "Erase everything in a token: it is as it left the factory.",
    options: [...TOKEN, RESET],
    examples: ["otpsmith reset"],
    load: async () => (await import("./reset.ts")).reset,
  },
  {
    name: "station",
    says: "Do the whole job on a page in the browser, served to this computer alone.",
    options: STATION,
    examples: [
      "otpsmith station",
      "otpsmith station --simulator demo.json      with a simulated token, to try it",
    ],
    load: async () => (await import("./station.ts")).station,
  },
  {
    name: "sim run",
    says: "Put simulated tokens on simulated readers until it is stopped.",
    options: SIM_RUN,
    examples: [
      "otpsmith sim run --token token2-single:C302-i --state token.json",
      "otpsmith sim run --scenario bench.json --expose vpcd",
      "otpsmith sim run --state token.json --expose usbip",
    ],
    load: async () => (await import("./sim_run.ts")).simRun,
  },
  {
    name: "sim display",
    says: "Switch a simulated token off and on and print what its display shows.",
    options: [{ flags: "--state <file>", says: "the token's storage", required: true }, SLOT],
    examples: ["otpsmith sim display --state token.json"],
    load: async () => (await import("./sim_display.ts")).simDisplay,
  },
  {
    name: "doctor",
    says: "Find what stands in the way, and say how to remove it.",
    options: READERS,
    examples: ["otpsmith doctor"],
    load: async () => (await import("./doctor.ts")).doctor,
  },
  {
    name: "conformance",
    says: "Try whether a transport keeps its promises. Reads real tokens, and writes none.",
    options: CONFORMANCE,
    examples: [
      "otpsmith conformance --transport ./my_reader.ts",
      "otpsmith conformance --transport ./my_reader.ts --markdown > report.md",
      "otpsmith conformance --transport pcsc --reader omnikey",
    ],
    load: async () => (await import("./conformance.ts")).conformance,
  },
];
