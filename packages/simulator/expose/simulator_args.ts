import { parseArgs } from "node:util";
import { FormatError } from "@otpsmith/core/errors";
import { TOKEN_SPECS } from "../token_spec.ts";
import {
  type SimulatedTokenOptions,
  SIMULATOR_DRIVERS,
  type SimulatorDriver,
  type SimulatorOptions,
} from "./run_simulator.ts";
import { parseListenAddress } from "./usb_bench.ts";

/** What a command line asks for. */
export interface SimulatorArgs extends SimulatorOptions {
  /** Print help and do nothing else. */
  readonly help: boolean;
  /** Print lines of JSON instead of text. */
  readonly json: boolean;
}

const OPTIONS = {
  token: { type: "string", multiple: true },
  serial: { type: "string", multiple: true },
  state: { type: "string", multiple: true },
  reader: { type: "string", multiple: true },
  scenario: { type: "string" },
  expose: { type: "string" },
  listen: { type: "string" },
  json: { type: "boolean" },
  help: { type: "boolean", short: "h" },
} as const;

/** Option names that describe one token, and the field of it that they set. */
const TOKEN_FIELDS = {
  token: "model",
  serial: "serial",
  state: "state",
  reader: "reader",
} as const;

/** What `--help` prints. */
export const SIMULATOR_HELP: string =
  `Virtual programmable tokens behind a private, real pcscd, or as USB devices.

Usage: otpsmith-simulator [options]

  --token MODEL      a token on a reader of its own; may be repeated
  --serial DIGITS    its serial number (14 digits)
  --state FILE       keeps what it stores, across runs
  --reader NAME      what its reader is called
                     (each belongs to the --token before it)
  --scenario FILE    a file that describes readers and tokens
  --expose HOW       pcscd (own driver, built with the C compiler), vpcd,
                     or usbip: USB devices that Linux machines attach
  --listen ADDRESS   where usbip listens, 127.0.0.1:3240 unless given
  --json             one JSON object a line
  -h, --help         this text

Models: ${TOKEN_SPECS.map(({ name }) => name).join(", ")}

Examples:
  otpsmith-simulator --token token2-single:C302-i --state token.json
  otpsmith-simulator --token token2-single:C302-i --reader "OMNIKEY 5427 CK" --expose vpcd
  otpsmith-simulator --expose usbip    then, as root: usbip attach -r 127.0.0.1 -b 1-1

Other programs see the readers with the PCSCLITE_CSOCK_NAME that it prints. Ctrl-C ends it.
Exit codes: 0 ended by a signal, 1 failed, 2 wrong usage.
`;

/**
 * Reads the simulator's command line.
 *
 * @throws {FormatError} `format/arguments`.
 *
 * @example Two tokens, the second one with a serial number
 * ```ts
 * import { parseSimulatorArgs } from "@otpsmith/simulator/expose";
 *
 * const { tokens, expose } = parseSimulatorArgs([
 *   "--token", "token2-single:C302-i",
 *   "--token", "token2-single:C301-i", "--serial", "86610000000001",
 * ]);
 * if (tokens?.[1]?.serial !== "86610000000001" || expose !== "pcscd") throw new Error("unexpected");
 * ```
 */
export function parseSimulatorArgs(args: readonly string[]): SimulatorArgs {
  const { values, tokens: parsed } = parse(args);
  const first: { -readonly [K in keyof SimulatedTokenOptions]: SimulatedTokenOptions[K] } = {};
  const tokens = [first];
  for (const option of parsed) {
    if (option.kind !== "option" || !(option.name in TOKEN_FIELDS)) continue;
    const field = TOKEN_FIELDS[option.name as keyof typeof TOKEN_FIELDS];
    // What stands before the only --token is that one's, too.
    if (field === "model" && tokens.at(-1)!.model !== undefined) tokens.push({});
    const token = tokens.at(-1)!;
    if (token[field] !== undefined) throw wrong(`--${option.name} is given twice for one token`);
    token[field] = option.value!;
  }
  const described = Object.keys(first).length > 0;
  if (described && values.scenario !== undefined) {
    throw wrong("--scenario already says which tokens there are");
  }
  const expose = values.expose ?? "pcscd";
  if (!SIMULATOR_DRIVERS.some((driver) => driver === expose)) {
    throw wrong(`there is no driver "${expose}"`, `Known are ${SIMULATOR_DRIVERS.join(", ")}.`);
  }
  if (values.listen !== undefined && expose !== "usbip") {
    throw wrong("--listen goes with --expose usbip alone");
  }
  return {
    tokens: described ? tokens : [],
    scenario: values.scenario,
    expose: expose as SimulatorDriver,
    listen: values.listen === undefined ? undefined : parseListenAddress(values.listen),
    json: values.json ?? false,
    help: values.help ?? false,
  };
}

// The return type of parseArgs is made from its options: spelling it out would repeat them.
// deno-lint-ignore explicit-function-return-type
function parse(args: readonly string[]) {
  try {
    return parseArgs({ args: [...args], options: OPTIONS, tokens: true, strict: true });
  } catch (error) {
    const [message] = (error as Error).message.split(". ");
    throw wrong(message!.charAt(0).toLowerCase() + message!.slice(1), undefined, error);
  }
}

function wrong(
  state: string,
  next = "See otpsmith-simulator --help.",
  cause?: unknown,
): FormatError {
  return new FormatError("arguments", `Cannot start the simulator: ${state}`, {
    source: "command line",
    next,
    cause,
  });
}
