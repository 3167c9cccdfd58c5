import { describe, expect, test } from "vitest";
import { allFaults, burnWithFault, EXCHANGES, type SweepResult } from "./fault_sweep.ts";

// One model that keeps its seed when settings are written, and one that forgets it.
describe.each(["token2-single:C302-i", "token2-single:OTPC-P2-i"])("a burn into %s", (model) => {
  test("takes the exchanges that the protocol needs, and no other", async () => {
    expect(await burnWithFault(model, undefined)).toMatchObject({
      status: "done",
      truth: "new-seed",
      exchanges: EXCHANGES,
    });
  });

  test("ends, whatever goes wrong wherever, with what the token really holds", async () => {
    const results: SweepResult[] = [];
    for (const fault of allFaults()) {
      const result = await burnWithFault(model, fault);
      results.push(result);
      expect(result.struck, `${result.fault} must strike`).toBe(true);
      expect(result.holds, `${result.fault}: ${result.status}`).toContain(result.truth);
      if (result.status === "done") expect(result.truth, result.fault).toBe("new-seed");
      if (result.status === "stopped" || result.status === "not-begun") {
        expect(result.holds, result.fault).toEqual(["old-seed"]);
        expect(result.untouched, result.fault).toBe(true);
      }
    }
    console.log(counts(model, results));
    // The sweep proves nothing if a burn is never saved, never refused, or never handed to a person.
    for (const status of ["done", "stopped", "needs-person", "not-begun"] as const) {
      expect(results.filter((result) => result.status === status).length).toBeGreaterThan(0);
    }
  }, 120_000);
});

const STATES = { "old-seed": "the old seed", "new-seed": "the new one", "no-seed": "none" };

function counts(model: string, results: readonly SweepResult[]): string {
  const lines = ["done", "stopped", "needs-person", "not-begun"].map((status) => {
    const of = results.filter((result) => result.status === status);
    const held = (Object.keys(STATES) as (keyof typeof STATES)[])
      .map((state) => [state, of.filter(({ truth }) => truth === state).length] as const)
      .filter(([, count]) => count > 0)
      .map(([state, count]) => `${count} hold ${STATES[state]}`);
    return `  ${status.padEnd(12)} ${String(of.length).padStart(4)}  ${held.join(", ")}`;
  });
  return [`Fault sweep of ${model}: ${results.length} burns, each with one fault`, ...lines].join(
    "\n",
  );
}
