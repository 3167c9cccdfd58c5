import { type ConformanceCase, type Supports, type Tier, whySkipped } from "./case.ts";
import { DEFAULT_TIERS, type Preparation, runCase } from "./run_cases.ts";
import type { LinkKind } from "@otpsmith/core/link";
import { bindingCases, type BindingSetup } from "./binding/mod.ts";
import { driverCases, type DriverSetup } from "./driver/mod.ts";
import { modelCases, type ModelSetup } from "./model/mod.ts";
import { transportCasesFor, type TransportSetup } from "./transport/mod.ts";

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
  { name, supports = {}, tiers = DEFAULT_TIERS, setup }: CasesDescription<C>,
): void {
  describe(`conformance of ${name}`, () => {
    for (const one of cases.filter(({ tier }) => tiers.includes(tier))) {
      const why = whySkipped(one, supports);
      const test = `${one.id}: ${one.title}`;
      if (why === undefined) it(test, async () => void await runCase(one, { setup }));
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
  description: CasesDescription<TransportSetup> & { readonly kind?: LinkKind | undefined },
): void {
  describeCases(runner, transportCasesFor(description.kind ?? "apdu"), description);
}

/**
 * Declares the cases for a PC/SC binding as tests of whatever runner is handed in; see
 * {@linkcode describeTransport}.
 *
 * @example Name what the runner has
 * ```ts
 * import { bindingCases, describeBinding } from "@otpsmith/conformance";
 *
 * const names: string[] = [];
 * const runner = {
 *   describe: (_: string, body: () => void) => body(),
 *   it: (name: string) => void names.push(name),
 * };
 * describeBinding(runner, { name: "mine", setup: () => Promise.reject(new Error("not run here")) });
 * if (names.length !== bindingCases.length) throw new Error("unexpected");
 * ```
 */
export function describeBinding(
  runner: TestRunner,
  description: CasesDescription<BindingSetup>,
): void {
  describeCases(runner, bindingCases, description);
}

/**
 * Declares the cases for a token driver as tests of whatever runner is handed in.
 *
 * @example Try a driver of your own against virtual tokens of your own, with vitest
 * ```ts ignore
 * import { describe, it } from "vitest";
 * import { describeDriver } from "@otpsmith/conformance";
 * import { tokensUnderTest } from "@otpsmith/simulator";
 * import { myDriver } from "./my_driver.ts";
 *
 * describeDriver({ describe, it }, {
 *   name: "my driver",
 *   supports: { "golden": "there are no captures", "unknown-model": "there is only one model" },
 *   setup: () =>
 *     Promise.resolve({ driver: myDriver(), tokens: tokensUnderTest({ model: "my-family:one" }) }),
 * });
 * ```
 */
export function describeDriver(
  runner: TestRunner,
  description: CasesDescription<DriverSetup>,
): void {
  describeCases(runner, driverCases, description);
}

/**
 * Declares the cases for a virtual token as tests of whatever runner is handed in.
 *
 * @example Try a model of your own with vitest
 * ```ts ignore
 * import { describe, it } from "vitest";
 * import { describeModel } from "@otpsmith/conformance";
 * import { tokensUnderTest } from "@otpsmith/simulator";
 * import { notes } from "./testdata/my_family_notes.ts";
 *
 * describeModel({ describe, it }, {
 *   name: "my-family:one",
 *   setup: () => Promise.resolve({ tokens: tokensUnderTest({ model: "my-family:one" }), notes }),
 * });
 * ```
 */
export function describeModel(runner: TestRunner, description: CasesDescription<ModelSetup>): void {
  describeCases(runner, modelCases, description);
}
