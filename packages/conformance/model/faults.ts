import { check, within } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import { changes } from "../token/with_tokens.ts";
import type { TokenFault } from "../token/mod.ts";
import { beforeTheLast, fits, isAlive, sayInVain, writes } from "./_talk.ts";
import type { ModelSetup } from "./setup.ts";

/** A fault at the next exchange, and what a write then has to come to. */
interface ExpectedFault {
  readonly fault: TokenFault extends infer F ? F extends TokenFault ? Omit<F, "at"> : never : never;
  /** Whether the command is carried out. */
  readonly carriedOut: boolean;
  /** What comes back; `undefined` for nothing at all. */
  readonly answer: string | undefined;
  /** How a token of reports answers, where that is another way. */
  readonly inReports?: string;
}

const EXPECTED: readonly ExpectedFault[] = [
  { fault: { kind: "lose-before", returns: true }, carriedOut: false, answer: undefined },
  { fault: { kind: "lose-after", returns: true }, carriedOut: true, answer: undefined },
  { fault: { kind: "garble", answer: Uint8Array.of(0x90) }, carriedOut: true, answer: "90" },
  {
    fault: { kind: "refuse", status: 0x6f00 },
    carriedOut: false,
    answer: "6F00",
    inReports: "", // it stalls
  },
];

/** Long enough for a hanging token to answer if it does not hang. */
const PATIENCE_MS = 5_000;

/** Whether faults do what they say: what is found out with them is worth no more than they are. */
export const modelFaultCases: readonly ConformanceCase<ModelSetup>[] = [
  {
    id: "model/faults",
    tier: 1,
    title: "each fault strikes once, at its exchange, and does what its name says",
    needs: ["writes"],
    run: async (setup) => {
      const [vector] = writes(setup);
      const { notes } = setup;
      for (const { fault, carriedOut, inReports, ...expected } of EXPECTED) {
        const answer = notes.reports ? inReports ?? expected.answer : expected.answer;
        await beforeTheLast(setup, vector!, async (token, last) => {
          const before = token.truth();
          const at = token.faults.exchanges + 1;
          token.faults.schedule({ ...fault, at } as TokenFault);
          const said = await sayInVain(token, last);
          check(
            answer === undefined ? said === undefined : fits(said, answer, notes),
            `${fault.kind} has to come to ${answer ?? "no answer"}, not ${said}`,
          );
          check(
            changes(before, token.truth()).length > 0 === carriedOut,
            `${fault.kind} ${carriedOut ? "has to" : "must not"} let the command be carried out`,
          );
          check(
            token.faults.struck.length === 1,
            `${fault.kind} has to be told of in faults.struck`,
          );
          check(
            await isAlive(token, notes),
            `${fault.kind} must strike once`,
          );
        });
      }
    },
  },
  {
    id: "model/hang",
    tier: 1,
    title: "a token that hangs answers when it is let go, or forgets its command with a reset",
    needs: ["writes"],
    run: async (setup) => {
      const [vector] = writes(setup);
      for (const end of ["release", "reset"] as const) {
        await beforeTheLast(setup, vector!, async (token, last) => {
          const before = token.truth();
          token.faults.schedule({ kind: "hang", at: token.faults.exchanges + 1 });
          let settled = false;
          const said = sayInVain(token, last).finally(() => settled = true);
          for (let turns = 0; turns < 10; turns++) await Promise.resolve();
          check(!settled, "a token that hangs must not answer before it is let go");
          if (end === "release") token.faults.release();
          else token.card.power("reset");
          const answer = await within(PATIENCE_MS, said, `${end} has to end a command that hangs`);
          const carriedOut = changes(before, token.truth()).length > 0;
          check(
            end === "release" ? carriedOut && answer !== undefined : !carriedOut,
            end === "release"
              ? "a token that is let go has to carry its command out"
              : "a token that is reset while it hangs must not carry its command out",
          );
        });
      }
    },
  },
];
