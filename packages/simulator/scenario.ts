import { decodeHex } from "@otpsmith/core/bytes";
import { FormatError } from "@otpsmith/core/errors";
import { lineOf } from "./_json_lines.ts";
import { JsonNode } from "./_strict_json.ts";
import type { Fault, FaultKind } from "./faults.ts";
import type { Presser } from "./parts/button.ts";
import type { Molto2Quirks } from "./models/token2_molto2/mod.ts";
import { parseTokenSpec, serialFor } from "./token_spec.ts";
import type { OathQuirks } from "./models/security_key/mod.ts";
import type { Personality } from "./virtual_token.ts";

/** A token of a scenario. */
export interface ScenarioToken {
  /** Family and model. */
  readonly model: string;
  /** Serial number; the next of the model unless given. */
  readonly serial?: string | undefined;
  /** Name of the reader it lies on; left out, it lies on none. */
  readonly reader?: string | undefined;
  /** File that keeps its state, relative to the scenario's folder; in memory unless given. */
  readonly state?: string | undefined;
  /** Whether a clock write clears the seed; as the model does unless given. */
  readonly restricted?: boolean | undefined;
  /** How far its clock is off and how fast it runs. */
  readonly clock: { readonly offsetSeconds: number; readonly ppm: number };
  /** How it differs from a plain one. */
  readonly personality: Personality;
  /** What goes wrong. */
  readonly faults: readonly Fault[];
  /** What goes wrong with the reports of its HID interfaces. */
  readonly reportFaults: readonly Fault[];
  /** How the person has left it. */
  readonly hands: { readonly on: boolean; readonly placed: boolean };
}

/** A bench: readers, and the tokens that lie on them. */
export interface Scenario {
  /** Where it was read from, for messages. */
  readonly source: string;
  /** Names of the readers, in order. */
  readonly readers: readonly string[];
  /** The tokens, in order. */
  readonly tokens: readonly ScenarioToken[];
}

/**
 * Reads a scenario file: JSON, described in docs/simulator.md. It is read strictly, so that a
 * misspelled word does not quietly give another bench than the one that was meant.
 *
 * @throws {FormatError} `format/scenario` that names the place, such as `tokens[1].serial`, and its
 * line.
 *
 * @example Two readers, one token whose clock is 40 seconds fast
 * ```ts
 * import { loadScenario } from "@otpsmith/simulator";
 *
 * const scenario = loadScenario(`{
 *   "schemaVersion": 1,
 *   "readers": ["Desk", "Empty"],
 *   "tokens": [{ "model": "token2-single:C302-i", "reader": "Desk", "clock": { "offsetSeconds": 40 } }]
 * }`, { source: "example" });
 * if (scenario.tokens[0]?.clock.offsetSeconds !== 40) throw new Error("unexpected");
 * ```
 */
export function loadScenario(text: string, options: { readonly source: string }): Scenario {
  const { source } = options;
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new FormatError("scenario", `Cannot read scenario "${source}": it is not JSON`, {
      source,
      next: "Check its commas, quotes and brackets with a JSON checker.",
    });
  }
  const root = new JsonNode(value, "", (path, state) => {
    const line = lineOf(text, path) ?? lineOf(text, path.replace(/(\.|^)[^.]*$/, ""));
    const place = (path || "the file") + (line === undefined ? "" : ` (line ${line})`);
    throw new FormatError("scenario", `Cannot read scenario "${source}": ${place}: ${state}`, {
      source,
      line,
      next: "Correct the file; docs/simulator.md describes it.",
    });
  });
  const fields = root.object(["schemaVersion", "readers", "tokens"]);
  const version = root.required(fields.schemaVersion, "schemaVersion");
  if (version.value !== 1) version.refuse("this release reads version 1");
  const nodes = root.required(fields.tokens, "tokens").array();
  const tokens = nodes.map(readToken);
  const named = fields.readers?.array().map((node, i, all) => {
    const name = node.string(READER_NAME, "a name of 1 to 100 characters is wanted");
    if (all.findIndex((other) => other.value === name) < i) node.refuse("the name is used twice");
    return name;
  });
  const readers = named ?? [...new Set(tokens.flatMap(({ reader }) => reader ?? []))];
  nodes.forEach((node, i) => checkReader(node, { tokens, readers, index: i }));
  return { source, readers, tokens };
}

/** PC/SC readers have names of at most 127 bytes, and the system adds to them. */
const READER_NAME = /^[\x20-\x7e]{1,100}$/;

function checkReader(
  node: JsonNode,
  { tokens, readers, index }: {
    readonly tokens: readonly ScenarioToken[];
    readonly readers: readonly string[];
    readonly index: number;
  },
): void {
  const { reader } = tokens[index]!;
  if (reader === undefined) return;
  if (!readers.includes(reader)) node.refuseField("reader", "there is no reader of that name");
  if (tokens.findIndex((other) => other.reader === reader) < index) {
    node.refuseField("reader", "another token lies on that reader");
  }
}

function readToken(node: JsonNode): ScenarioToken {
  const fields = node.object([
    "model",
    "serial",
    "reader",
    "state",
    "restricted",
    "clock",
    "personality",
    "faults",
    "reportFaults",
    "hands",
  ]);
  const model = node.required(fields.model, "model");
  const spec = passOn(model, () => parseTokenSpec(model.string()));
  const { digits } = spec.model;
  const serial = fields.serial?.string(
    new RegExp(`^\\d{${digits}}$`),
    `${digits} digits are wanted`,
  );
  const clock = fields.clock?.object(["offsetSeconds", "ppm"]);
  const hands = fields.hands?.object(["on", "placed"]);
  passOn(fields.serial ?? node, () => serialFor(spec, serial, { ordinal: 1 }));
  return {
    model: spec.name,
    serial,
    reader: fields.reader?.string(READER_NAME, "the name of a reader is wanted"),
    state: fields.state?.string(/./, "the name of a file is wanted"),
    restricted: fields.restricted?.boolean(),
    clock: {
      offsetSeconds: clock?.offsetSeconds?.integer(-0xffff_ffff, 0xffff_ffff) ?? 0,
      ppm: clock?.ppm?.number(-100_000, 100_000) ?? 0,
    },
    personality: fields.personality ? readPersonality(fields.personality) : {},
    faults: fields.faults?.array().map(readFault) ?? [],
    reportFaults: fields.reportFaults?.array().map(readFault) ?? [],
    hands: { on: hands?.on?.boolean() ?? true, placed: hands?.placed?.boolean() ?? true },
  };
}

function readOathQuirks(node: JsonNode): OathQuirks {
  const fields = node.object([
    "overwrites",
    "renames",
    "resets",
    "staysOpen",
    "wrongPassword",
    "firstCount",
    "more",
    "nameBytes",
    "entries",
  ]);
  const quirks = {
    overwrites: fields.overwrites?.boolean(),
    renames: fields.renames?.boolean(),
    resets: fields.resets?.boolean(),
    staysOpen: fields.staysOpen?.boolean(),
    wrongPassword: fields.wrongPassword &&
      Number.parseInt(fields.wrongPassword.oneOf(["6984", "6A80", "6982"]), 16),
    firstCount: fields.firstCount?.integer(0, 1) as 0 | 1 | undefined,
    more: fields.more?.oneOf(["left", "FF"]),
    nameBytes: fields.nameBytes?.integer(1, 255),
    entries: fields.entries?.integer(0, 255),
  };
  // What is not said stays as the model has it.
  return Object.fromEntries(Object.entries(quirks).filter(([, value]) => value !== undefined));
}

function readPersonality(node: JsonNode): Personality {
  const fields = node.object([
    "sleepy",
    "slowMs",
    "reader",
    "info",
    "lockAfter",
    "presser",
    "molto2",
    "oath",
  ]);
  return {
    sleepy: fields.sleepy?.boolean(),
    slowMs: fields.slowMs?.integer(0, 60_000),
    reader: fields.reader?.oneOf(["61", "6C"]),
    info: fields.info?.oneOf(["zeros", "tagged"]),
    lockAfter: fields.lockAfter?.integer(1, 255),
    presser: fields.presser && readPresser(fields.presser),
    molto2: fields.molto2 && readMolto2Quirks(fields.molto2),
    ...(fields.oath && { oath: readOathQuirks(fields.oath) }),
  };
}

function readMolto2Quirks(node: JsonNode): Molto2Quirks {
  const names = ["wantsErase", "erasesForAnybody", "noLock", "plainCounter"] as const;
  const fields = node.object(names);
  return Object.fromEntries(names.map((name) => [name, fields[name]?.boolean()]));
}

function readPresser(node: JsonNode): Presser {
  const { afterMs, never } = node.object(["afterMs", "never"]);
  return { afterMs: afterMs?.integer(0, 600_000), never: never?.boolean() };
}

/** The fields that each kind of fault has besides `at` and `kind`. */
const FAULT_FIELDS: { readonly [K in FaultKind]: readonly string[] } = {
  "lose-before": ["returns"],
  "lose-after": ["returns"],
  "garble": ["answer"],
  "refuse": ["status"],
  "hang": [],
  "torn-write": ["steps"],
  "delay": ["milliseconds"],
};

function readFault(node: JsonNode): Fault {
  const all = node.object([
    "at",
    "kind",
    ...Object.values(FAULT_FIELDS).flat(),
  ]) as Readonly<Record<string, JsonNode | undefined>>;
  const kind = node.required(all["kind"], "kind").oneOf(Object.keys(FAULT_FIELDS) as FaultKind[]);
  const own = node.object(["at", "kind", ...FAULT_FIELDS[kind]]) as typeof all;
  const hex = (digits: number): RegExp => new RegExp(`^(?:[0-9A-Fa-f]{2}){${digits}}$`);
  if (kind === "delay") node.required(own["milliseconds"], "milliseconds");
  return {
    kind,
    at: own["at"]?.integer(1, 1_000_000),
    returns: own["returns"]?.boolean(),
    answer: own["answer"] && decodeHex(own["answer"].string(/^(?:[0-9A-Fa-f]{2}){2,258}$/, HEX)),
    status: own["status"] && parseInt(own["status"].string(hex(2), STATUS), 16),
    steps: own["steps"]?.integer(0, 2),
    milliseconds: own["milliseconds"]?.integer(0, 600_000),
  } as Fault;
}

const HEX = "2 to 258 bytes in hexadecimal are wanted";
const STATUS = "a status word of 4 hexadecimal digits is wanted";

/** Gives an error of a value's own check the place where the value stands. */
function passOn<T>(node: JsonNode, check: () => T): T {
  try {
    return check();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const state = error.message.slice(error.message.indexOf(": ") + 2);
    return node.refuse([state, error.next].filter(Boolean).join(". ").replace(/\.$/, ""));
  }
}
