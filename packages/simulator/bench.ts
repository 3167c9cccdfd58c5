import { resolve } from "node:path";
import type { TimeSource } from "@otpsmith/core/time";
import type { VirtualCard } from "./card.ts";
import { fileFlash } from "./parts/file_flash.ts";
import { memoryFlash } from "./parts/flash.ts";
import type { RandomSource } from "./parts/random.ts";
import type { Scenario } from "./scenario.ts";
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
 * @throws {FormatError} If a state file cannot be used.
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
  const tokens = scenario.tokens.map((wanted) => {
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
    for (const fault of wanted.faults) token.faults.schedule(fault);
    return token;
  });
  const readers = scenario.readers.map((name) => {
    const token = tokens[scenario.tokens.findIndex(({ reader }) => reader === name)];
    return { name, token, card: token?.card };
  });
  return { readers, tokens };
}
