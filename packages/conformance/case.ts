/**
 * How much a case asks for.
 *
 * 0. shape: what holds without any token;
 * 1. echo: an {@linkcode EchoCard} on a reader;
 * 2. hot-plug: somebody, or something, that plugs and unplugs;
 * 3. hardware: a real token, which is only read;
 * 4. destructive: a real token, named by its serial number.
 */
export type Tier = 0 | 1 | 2 | 3 | 4;

/** One promise and the way to find out whether it is kept. `C` is what a case gets to work with. */
export interface ConformanceCase<C> {
  /** Stable name such as `transport/echo/order`. */
  readonly id: string;
  /** How much it asks for. */
  readonly tier: Tier;
  /** What the author has promised, as one sentence. */
  readonly title: string;
  /** What has to be there for it. A need that the host does not serve makes it skipped. */
  readonly needs: readonly string[];
  /**
   * Tries it. Resolves if the promise is kept, with what was seen where that is worth telling: counts.
   *
   * @throws {ConformanceError} If it is broken; the message says what to change.
   */
  run(context: C): Promise<string | void>;
}

/** A promise is broken. */
export class ConformanceError extends Error {
  /** Always `"ConformanceError"`. */
  override readonly name = "ConformanceError";
}

/** Which needs a host serves: `false`, or a sentence saying why not. What is left out is served. */
export type Supports = Readonly<Record<string, boolean | string>>;

/** Why a case cannot be tried with that support; `undefined` if it can. */
export function whySkipped(
  { needs }: { readonly needs: readonly string[] },
  supports: Supports,
): string | undefined {
  for (const need of needs) {
    const support = supports[need] ?? true;
    if (support !== true) return `needs ${need}${support ? `: ${support}` : ""}`;
  }
  return undefined;
}
