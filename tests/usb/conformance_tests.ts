import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CaseResult, transportCasesFor } from "@otpsmith/conformance";
import type { LinkKind } from "@otpsmith/core/link";
import { OF_HID } from "./conformance_run.mjs";

/** One transport that is tried. */
export interface Trial {
  /** What a person calls it. */
  readonly name: string;
  /** The kind of its links. */
  readonly kind: LinkKind;
  /** Runs all cases. */
  run(): Promise<readonly CaseResult[]>;
  /** How long that may take. */
  readonly timeoutMs: number;
}

/** A test for each case; prints how many were kept, and why others were skipped. */
export function conformanceTests({ name, kind, run, timeoutMs }: Trial): void {
  const reasons = kind === "apdu" ? [] : Object.values(OF_HID);
  describe(`conformance of ${name}`, () => {
    let results: readonly CaseResult[] = [];
    beforeAll(async () => {
      results = await run();
    }, timeoutMs);
    afterAll(() => {
      const kept = results.filter(({ outcome }) => outcome === "kept").length;
      console.info(`${name}: ${kept} of ${results.length} cases kept`);
      for (const result of results) {
        if (result.outcome === "skipped") console.info(`skipped ${result.id}: ${result.why}`);
      }
    });
    const cases = transportCasesFor(kind).filter(({ tier }) => tier <= 2);
    test.each(cases.map(({ id, title }) => [id, title]))("%s: %s", (id) => {
      const result = results.find((each) => each.id === id);
      const why = result && "why" in result ? result.why : "";
      if (result?.outcome === "skipped" && reasons.some((each) => why.endsWith(each))) return;
      expect(`${result?.outcome} ${why}`).toBe("kept ");
    });
  });
}
