import type { ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import {
  ACCOUNT,
  BURN,
  CLOCK,
  CODE,
  CONFORMANCE,
  type OptionSpec,
  PARAMETERS,
  PREVIOUS,
  READERS,
  SIM_RUN,
  SIMULATOR,
  TOKEN,
} from "./options.ts";

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
  /** Whether it takes a source: a picture, a text, standard input, a prompt. */
  readonly source?: boolean;
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
    says: "Say what a picture, file or standard input holds; secrets are never shown.",
    source: true,
    options: [],
    examples: ["otpsmith scan qr.png", "otpsmith scan - --json < qr.png"],
    load: async () => (await import("./scan.ts")).scan,
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
    options: TOKEN,
    examples: ["otpsmith info", "otpsmith info --reader omnikey"],
    load: async () => (await import("./info.ts")).info,
  },
  {
    name: "burn",
    says: "Burn a seed into a token and prove that it shows the right code.",
    source: true,
    options: [...ACCOUNT, ...TOKEN, ...BURN, CODE],
    examples: [
      "otpsmith burn qr.png",
      "otpsmith burn qr.png --reader omnikey --serial 86596321234567 --yes",
      "otpsmith burn --as hex                      asks for the seed, hidden",
      "otpsmith burn qr.png --dry-run",
    ],
    load: async () => (await import("./burn.ts")).burn,
  },
  {
    name: "verify",
    says: "Compare a code from a token's display with a seed. Sends nothing to the token.",
    source: true,
    options: [...ACCOUNT, CODE, PREVIOUS, ...SIMULATOR],
    examples: ["otpsmith verify qr.png --code 123456"],
    load: async () => (await import("./verify.ts")).verify,
  },
  {
    name: "clock",
    says: "Show how far a token's clock is off, or set it.",
    options: [...TOKEN, ...CLOCK, ...PARAMETERS],
    examples: ["otpsmith clock", "otpsmith clock --sync"],
    load: async () => (await import("./clock.ts")).clock,
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
    options: [{ flags: "--state <file>", says: "the token's storage", required: true }],
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
