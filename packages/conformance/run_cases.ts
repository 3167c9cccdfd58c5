import { type ConformanceCase, type Supports, whySkipped } from "./case.ts";

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
}

/** What every preparation may hold that has to be cleared up. */
export interface Preparation {
  /** Disposed of after the case. */
  readonly transport?: AsyncDisposable | undefined;
  /** Called last. */
  dispose?(): Promise<void>;
}

/** Prepares one case, runs it and clears up, whatever happens. Gives what the case tells, if anything. */
export async function runCase<C extends Preparation>(
  { run }: ConformanceCase<C>,
  { setup }: { setup(): Promise<C> },
): Promise<string | undefined> {
  const context = await setup();
  try {
    return await run(context) ?? undefined;
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
 *   supports: { echo: "nothing is plugged in", absent: false, watch: "it never changes" },
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
  for (const one of cases) {
    const { id, title } = one;
    const why = whySkipped(one, host.supports ?? {});
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
