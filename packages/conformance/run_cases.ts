import { within } from "./_check.ts";
import { type ConformanceCase, type Supports, type Tier, whySkipped } from "./case.ts";

/** How one case went. */
export type CaseResult =
  | {
    readonly id: string;
    readonly title: string;
    readonly outcome: "kept";
    /** What was seen, where that is worth telling: counts. */
    readonly note?: string | undefined;
  }
  | {
    readonly id: string;
    readonly title: string;
    readonly outcome: "broken" | "skipped";
    /** What to change, or which need is not served. */
    readonly why: string;
  };

/** What a host gives to have cases run. */
export interface CaseHost<C> {
  /** Prepares one case. */
  setup(): Promise<C>;
  /** Which needs are served. */
  readonly supports?: Supports | undefined;
  /** Which tiers to try; 0 and 1 unless said otherwise. Tier 4 writes to the token that the host names. */
  readonly tiers?: readonly Tier[] | undefined;
}

/** What every preparation may hold that has to be cleared up. */
export interface Preparation {
  /** Disposed of after the case. */
  readonly transport?: AsyncDisposable | undefined;
  /** Called last. */
  dispose?(): Promise<void>;
}

/**
 * What is tried unless somebody asks for more: shape and echo, which need no hands and no real token.
 *
 * @internal
 */
export const DEFAULT_TIERS: readonly Tier[] = [0, 1];

/** No case takes so long by itself: something that it waits for never comes. */
const CASE_LIMIT_MS = 300_000;

/** Prepares one case, runs it and clears up, whatever happens. Gives what the case tells, if anything. */
export async function runCase<C extends Preparation>(
  { run }: ConformanceCase<C>,
  { setup }: { setup(): Promise<C> },
): Promise<string | undefined> {
  const context = await setup();
  try {
    return await within(CASE_LIMIT_MS, run(context), "what was called has to come to an end") ??
      undefined;
  } finally {
    await context.transport?.[Symbol.asyncDispose]();
    await context.dispose?.();
  }
}

/**
 * Runs cases one after another, without any test runner: for command lines and for reports.
 *
 * @example Try a transport that has nothing plugged in
 * ```ts
 * import { runCases, transportCases } from "@otpsmith/conformance";
 *
 * const transport = {
 *   name: "empty",
 *   kinds: ["apdu" as const],
 *   probe: () => Promise.resolve({ usable: true as const }),
 *   list: () => Promise.resolve([]),
 *   watch: async function* () { yield []; },
 *   [Symbol.asyncDispose]: () => Promise.resolve(),
 * };
 * const host = {
 *   setup: () => Promise.resolve({ transport }),
 *   supports: { echo: "nothing is plugged in", absent: false, refuses: false, watch: "it never changes" },
 * };
 * for await (const { id, outcome } of runCases(transportCases, host)) {
 *   if (outcome === "broken") throw new Error(id);
 * }
 * ```
 */
export async function* runCases<C extends Preparation>(
  cases: readonly ConformanceCase<C>[],
  host: CaseHost<C>,
): AsyncGenerator<CaseResult> {
  const { supports = {}, tiers = DEFAULT_TIERS } = host;
  for (const one of cases) {
    const { id, title, tier } = one;
    const why = tiers.includes(tier) ? whySkipped(one, supports) : `tier ${tier} was not asked for`;
    if (why !== undefined) {
      yield { id, title, outcome: "skipped", why };
      continue;
    }
    try {
      const note = await runCase(one, host);
      yield { id, title, outcome: "kept", ...note !== undefined && { note } };
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      yield { id, title, outcome: "broken", why };
    }
  }
}
