import { check } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import type { TokenUnderTest } from "../token/mod.ts";
import { changes, withTokens } from "../token/with_tokens.ts";
import {
  beforeTheLast,
  checkUnchanged,
  fits,
  plain,
  say,
  sayInVain,
  seedOf,
  writes,
} from "./_talk.ts";
import type { ModelSetup } from "./setup.ts";

/** More steps than a write of any known token has. */
const TEAR_STEPS = 4;

/** What a model keeps, and what it forgets. */
export const storageCases: readonly ConformanceCase<ModelSetup>[] = [
  {
    id: "model/hello",
    tier: 1,
    title: "what changes nothing may be asked as often as one likes",
    needs: [],
    run: ({ notes, tokens }) =>
      withTokens(tokens, async ({ token }) => {
        const before = token.truth();
        const counts: number[] = [];
        for (let times = 1; times <= 3; times++) {
          await checkUnchanged(token, before, { notes, after: `${notes.hello}, ${times} times` });
          counts.push(token.faults.exchanges);
        }
        const [once = 0] = counts;
        check(
          (notes.reports ? once > 0 : once === 1) && counts[2] === 3 * once,
          "faults.exchanges has to count the commands that come in, or the reports both ways",
        );
      }),
  },
  {
    id: "model/golden",
    tier: 1,
    title: "conversations that are known to be right go the same way, and leave that seed",
    needs: ["golden"],
    run: async (setup) => {
      const { vectors = [] } = setup.notes;
      check(vectors.length > 0, "setup() has to give notes.vectors for this case");
      for (const vector of vectors) {
        const { name, source, exchanges, seed } = vector;
        await beforeTheLast(setup, vector, async (token, last) => {
          const answer = exchanges.at(-1)![1];
          const said = await say(token, last);
          check(
            fits(said, answer, setup.notes),
            `${name}: ${last} has to be answered ${answer} (${source}), not ${said}`,
          );
          check(
            seed === undefined || seedOf(token.truth()) === (seed && plain(seed)),
            `${name} has to leave another seed in the token (${source})`,
          );
        });
      }
    },
  },
  {
    id: "model/power",
    tier: 1,
    title:
      "who has authenticated is forgotten with the power and the field, and what is stored is not",
    needs: ["writes", "session"],
    run: async (setup) => {
      const ways: readonly (readonly [string, (token: TokenUnderTest) => void])[] = [
        ["switching off and on", (token) => token.powerCycle()],
        ["losing the field", ({ card }) => (card.power("off"), card.power("on"))],
        ["a reset", ({ card }) => card.power("reset")],
      ];
      for (const vector of writes(setup)) {
        for (const [way, lose] of ways) {
          await beforeTheLast(setup, vector, async (token, last) => {
            const before = token.truth();
            lose(token);
            const said = await say(token, last);
            const taken = setup.notes.reports
              ? fits(said, vector.exchanges.at(-1)![1], setup.notes)
              : said.endsWith("9000");
            check(
              !taken,
              `${vector.name}: after ${way} a token must not take a write of the session before`,
            );
            await checkUnchanged(token, before, { notes: setup.notes, after: way });
          });
        }
        await beforeTheLast(setup, vector, async (token, last) => {
          await say(token, last);
          token.powerCycle();
          check(
            seedOf(token.truth()) === vector.seed,
            "a seed that was written has to outlast the power",
          );
        });
      }
    },
  },
  {
    id: "model/torn-write",
    tier: 1,
    title:
      "a write that loses power leaves the old seed, the new one or none, and a token that works",
    needs: ["writes"],
    run: async (setup) => {
      for (const vector of writes(setup)) {
        for (let steps = 0; steps <= TEAR_STEPS; steps++) {
          await beforeTheLast(setup, vector, async (token, last) => {
            const before = token.truth();
            const old = seedOf(before);
            token.faults.schedule({ kind: "torn-write", at: token.faults.exchanges + 1, steps });
            const said = await sayInVain(token, last);
            check(
              said === undefined,
              `${vector.name}: a token that loses power after ${steps} steps must not answer ${said}`,
            );
            const after = token.truth();
            const held = seedOf(after);
            check(
              held === old || held === null || held === vector.seed,
              `${vector.name}: torn after ${steps} steps the token holds a seed that nobody gave it`,
            );
            if (steps === 0) {
              const changed = changes(before, after);
              check(
                changed.length === 0,
                `${vector.name}: torn before its first step a write must not change ${
                  changed.join(", ")
                }`,
              );
            }
            token.powerCycle();
            await checkUnchanged(token, after, {
              notes: setup.notes,
              after: `a write torn after ${steps} steps`,
            });
          });
        }
      }
    },
  },
  {
    id: "model/display",
    tier: 1,
    title: "the display shows a code just where there is a seed",
    needs: ["display"],
    run: async ({ tokens }) => {
      const shown = (seeded: boolean): Promise<string | null> =>
        withTokens(tokens, ({ token }) => {
          token.powerCycle();
          return Promise.resolve(token.display());
        }, seeded ? {} : { seed: undefined });
      check(await shown(false) === null, "a token without a seed must not show a code");
      const code = await shown(true);
      check(
        code !== null && /^\d{6,10}$/.test(code),
        `a token with a seed has to show a code of digits, not ${code}`,
      );
    },
  },
  {
    id: "model/apart",
    tier: 1,
    title: "two tokens have two serial numbers and share nothing",
    needs: ["writes"],
    run: (setup) =>
      withTokens(setup.tokens, async ({ tokens }) => {
        const [written, other] = tokens as [TokenUnderTest, TokenUnderTest];
        const told = written.serial !== undefined;
        check(
          !told || written.serial !== other.serial,
          "two tokens must not have the same serial number",
        );
        const before = other.truth();
        for (const [command] of writes(setup)[0]!.exchanges) await say(written, command);
        const changed = changes(before, other.truth());
        check(
          changed.length === 0,
          `writing to one token must not change the other's ${changed.join(", ")}`,
        );
        check(other.faults.exchanges === 0, "each token has to count its own exchanges");
      }, { count: 2 }),
  },
];
