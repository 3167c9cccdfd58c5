import { type ConformanceCase, type Supports, type Tier, whySkipped } from "./case.ts";
import { type Preparation, runCase } from "./run_cases.ts";
import { transportCases } from "./transport_cases.ts";
import type { TransportSetup } from "./transport_context.ts";

/** The two functions of a test runner that are used: those of vitest, node:test, bun:test and Deno fit. */
export interface TestRunner {
  /** Groups tests. */
  describe(name: string, body: () => void): void;
  /** Declares a test; `skip`, where it is there, declares one that is not run. */
  readonly it: {
    (name: string, body: () => Promise<void>): void;
    skip?(name: string, body: () => Promise<void>): void;
  };
}

/** What is to be tried, and how each case is prepared. */
export interface CasesDescription<C> {
  /** What a person reads: the name of what is tried. */
  readonly name: string;
  /** Which needs are not served, with the reason; see {@linkcode Supports}. */
  readonly supports?: Supports | undefined;
  /** Which tiers to try; 0 and 1 unless said otherwise. */
  readonly tiers?: readonly Tier[] | undefined;
  /** Prepares one case. */
  setup(): Promise<C>;
}

/** Declares cases of any sort as tests, those whose needs are not served as skipped with the reason. */
export function describeCases<C extends Preparation>(
  { describe, it }: TestRunner,
  cases: readonly ConformanceCase<C>[],
  { name, supports = {}, tiers = [0, 1], setup }: CasesDescription<C>,
): void {
  describe(`conformance of ${name}`, () => {
    for (const one of cases.filter(({ tier }) => tiers.includes(tier))) {
      const why = whySkipped(one, supports);
      const test = `${one.id}: ${one.title}`;
      if (why === undefined) it(test, () => runCase(one, { setup }));
      else (it.skip ?? it)(`${test} [skipped: ${why}]`, () => Promise.resolve());
    }
  });
}

/**
 * Declares the cases for a transport as tests of whatever runner is handed in.
 *
 * @example Try a transport of your own with vitest
 * ```ts ignore
 * import { describe, it } from "vitest";
 * import { describeTransport } from "@otpsmith/conformance";
 * import { myReader } from "./my_reader.ts";
 *
 * describeTransport({ describe, it }, {
 *   name: "my-reader",
 *   supports: { absent: "it cannot tell", child: "runs in a browser" },
 *   setup: () => Promise.resolve({ transport: myReader(), echo: "slot-0" }),
 * });
 * ```
 */
export function describeTransport(
  runner: TestRunner,
  description: CasesDescription<TransportSetup>,
): void {
  describeCases(runner, transportCases, description);
}
