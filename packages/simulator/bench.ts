import { resolve } from "node:path";
import { FormatError } from "@otpsmith/core/errors";
import type { TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "./card.ts";
import { fileFlash } from "./parts/file_flash.ts";
import { memoryFlash } from "./parts/flash.ts";
import type { RandomSource } from "./parts/random.ts";
import type { Scenario, ScenarioToken } from "./scenario.ts";
import { interfacesOfToken } from "./usb/usb_token.ts";
import { createVirtualToken, type VirtualToken } from "./virtual_token.ts";

/** A reader of a bench, in the shape that `memoryTransport` and the pcscd exposures take. */
export interface BenchReader {
  /** Its name. */
  readonly name: string;
  /** The token that lies on it. */
  readonly token?: VirtualToken | undefined;
  /** The token's card: what exposures take. */
  readonly card?: VirtualCard | undefined;
}

/** The tokens of a scenario, made, and the readers they lie on. */
export interface Bench {
  /** The readers, in the scenario's order. */
  readonly readers: readonly BenchReader[];
  /** The tokens, in the scenario's order; those on no reader are here, too. */
  readonly tokens: readonly VirtualToken[];
}

/** Options of {@linkcode createBench}. */
export interface BenchOptions {
  /** Folder that state files are relative to; the working directory unless given. */
  readonly folder?: string | undefined;
  /** What time it is. */
  readonly time?: TimeSource | undefined;
  /** Where challenges come from. */
  readonly random?: RandomSource | undefined;
}

/**
 * Makes the tokens of a scenario.
 *
 * @throws {FormatError} If a state file cannot be used, or a token has faults that can never strike.
 *
 * @example A bench of one token, as readers of this process
 * ```ts
 * import { createBench, loadScenario, memoryTransport } from "@otpsmith/simulator";
 *
 * const text = `{ "schemaVersion": 1,
 *   "tokens": [{ "model": "token2-single:C301-i", "reader": "Desk" }] }`;
 * const bench = createBench(loadScenario(text, { source: "example" }));
 * const endpoints = await memoryTransport({ readers: bench.readers }).list();
 * if (endpoints[0]?.facts.card !== "present") throw new Error("unexpected");
 * ```
 */
export function createBench(scenario: Scenario, options: BenchOptions = {}): Bench {
  const { folder = ".", time, random } = options;
  const made = new Map<string, number>();
  const tokens = scenario.tokens.map((wanted, index) => {
    const ordinal = (made.get(wanted.model) ?? 0) + 1;
    made.set(wanted.model, ordinal);
    const token = createVirtualToken({
      model: wanted.model,
      serial: wanted.serial,
      ordinal,
      restricted: wanted.restricted,
      clockOffsetSeconds: wanted.clock.offsetSeconds,
      ppm: wanted.clock.ppm,
      personality: wanted.personality,
      storage: wanted.state === undefined
        ? memoryFlash()
        : fileFlash(resolve(folder, wanted.state)),
      time,
      random,
    });
    if (!wanted.hands.placed) token.hands.takeAway();
    if (!wanted.hands.on) token.hands.switchOff();
    refuseStrayFaults({ token, wanted, index, source: scenario.source });
    for (const fault of wanted.faults) token.faults.schedule(fault);
    for (const fault of wanted.reportFaults) token.reportFaults.schedule(fault);
    return token;
  });
  const readers = scenario.readers.map((name) => {
    const token = tokens[scenario.tokens.findIndex(({ reader }) => reader === name)];
    return { name, token, card: token?.card };
  });
  return { readers, tokens };
}

/** A fault that nothing leads to would be passed over without a word. */
function refuseStrayFaults({ token, wanted, index, source }: {
  readonly token: VirtualToken;
  readonly wanted: ScenarioToken;
  readonly index: number;
  readonly source: string;
}): void {
  const refuse = (field: string, state: string): never => {
    const place = `tokens[${index}].${field}`;
    throw new FormatError("scenario", `Cannot read scenario "${source}": ${place}: ${state}`, {
      source,
      next: "Correct the file; docs/simulator.md describes it.",
    });
  };
  if (wanted.faults.length > 0 && !interfacesOfToken(token).includes("card")) {
    refuse("faults", `${token.model} has no smart card: write reportFaults`);
  }
  if (wanted.reportFaults.length > 0 && token.reports.length === 0) {
    refuse("reportFaults", `${token.model} has no HID interface: write faults`);
  }
}
