import { encodeHex } from "@otpsmith/core/bytes";
import { type BurnPlan, planBurn, proveByDisplay, proveByToken } from "@otpsmith/core/burn";
import type { TokenConnection } from "@otpsmith/core/station";
import type { TokenTraits } from "@otpsmith/core/token";
import { systemTime } from "@otpsmith/core/time";
import type { CommandEffect } from "@otpsmith/core/command";
import type { TraceEvent } from "@otpsmith/core/trace";
import { check } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import type { TokenUnderTest } from "../token/mod.ts";
import {
  changes,
  NEW_SEED,
  type Part,
  secret,
  seedState,
  showsSeed,
  withTokens,
} from "../token/with_tokens.ts";
import { finish, planWork, writeSeedOf } from "../token/work.ts";
import { connectTo, worksFor } from "./_station.ts";
import type { DriverSetup } from "./setup.ts";

/** What a command of that effect may change; settings that go with a seed are written with it. */
const MAY_CHANGE: Readonly<Record<CommandEffect, readonly Part[]>> = {
  "none": [],
  "authenticates": ["tries"],
  "writes-clock": ["clock", "seed"],
  "writes-config": ["clock", "settings", "seed"],
  "writes-seed": ["seed"],
  "writes-key": ["key", "tries"],
  "erases": ["seed", "settings", "clock", "key"],
};

function mayChange(effect: CommandEffect, traits: TokenTraits | undefined): readonly Part[] {
  const withSeed = effect === "writes-seed" && traits?.settings === "with-seed";
  return withSeed ? [...MAY_CHANGE[effect], "settings"] : MAY_CHANGE[effect];
}

/** Writes that seed into a new token and gives all that was traced. */
function traceOf(setup: DriverSetup, seed: readonly number[]): Promise<readonly TraceEvent[]> {
  return withTokens(setup.tokens, async (tokens) => {
    const { connection, events } = await connectTo(tokens.token, { ...setup, tokens });
    const options = { seed: secret(seed), secret: setup.secret?.() };
    const plan = await planWork("burn-sync", connection.token, options);
    await writeSeedOf(plan, connection.token, options);
    await connection[Symbol.asyncDispose]();
    return events;
  });
}

/** Does each burn that the tokens under test allow, and looks at what came of it before all is closed. */
async function withEachBurn(
  setup: DriverSetup,
  look: (
    after: { readonly token: TokenUnderTest; readonly connection: TokenConnection },
    plan: BurnPlan,
  ) => void | Promise<void>,
): Promise<void> {
  for (const work of await worksFor(setup)) {
    if (work === "clock-sync") continue;
    await withTokens(setup.tokens, async (tokens) => {
      const { token } = tokens;
      const { connection } = await connectTo(token, { ...setup, tokens });
      const options = { seed: secret(NEW_SEED), secret: setup.secret?.() };
      const plan = await planWork(work, connection.token, options);
      await finish(work, connection, options);
      await look({ token, connection }, plan);
      await connection[Symbol.asyncDispose]();
    });
  }
}

/** What a driver says of its commands, held against what the token does. */
export const commandCases: readonly ConformanceCase<DriverSetup>[] = [
  {
    id: "driver/burn",
    tier: 1,
    title: "a burn leaves the new seed in the token",
    needs: ["seed"],
    run: (setup) =>
      withEachBurn(setup, ({ token }, { clock }) => {
        check(
          seedState(token.truth()) === "new-seed",
          `a burn (clock: ${clock}) was acknowledged, and the token does not hold the seed, byte for byte`,
        );
      }),
  },
  {
    id: "driver/display",
    tier: 1,
    title: "after a burn the token shows, or types, the code of the new seed",
    needs: ["seed", "display"],
    run: (setup) =>
      withEachBurn(setup, async ({ token, connection }, { clock, parameters }) => {
        await connection[Symbol.asyncDispose]();
        token.powerCycle();
        const code = token.display();
        const proof = code === null ? undefined : proveByDisplay(secret(NEW_SEED), {
          parameters,
          code,
          now: systemTime.now(),
        });
        check(
          proof?.match === true && Math.abs(proof.driftSteps!) <= 1,
          `after a burn (clock: ${clock}) the display has to show the seed's code: hash, time step and clock have to be ` +
            "written as the plan has them",
        );
      }),
  },
  {
    id: "driver/computed",
    tier: 1,
    title: "the token itself computes the code of the new seed, and changes nothing by it",
    needs: ["seed", "computed"],
    run: (setup) =>
      withEachBurn(setup, async ({ token, connection }, plan) => {
        const before = token.truth();
        const { exchanges } = token.faults;
        const [proof] = await proveByToken(connection.token, plan);
        check(
          proof?.level === "computed" && proof.match,
          "after a burn codes.compute() has to give the seed's code: digits, time step and hash have to be " +
            "those of the plan",
        );
        check(
          token.faults.exchanges > exchanges,
          "codes.compute() has to ask the token: a code that the computer makes proves nothing",
        );
        const changed = changes(before, token.truth()).filter((part) => part !== "clock");
        check(changed.length === 0, `computing a code must not change ${changed.join(", ")}`);
      }),
  },
  {
    id: "driver/clock-sync",
    tier: 1,
    title: "setting the clock sets it, and does to the seed what traits.clockWrite says",
    needs: ["clock"],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const before = token.truth();
        const { connection } = await connectTo(token, { ...setup, tokens });
        const clockWrite = connection.token.traits?.clockWrite;
        await finish("clock-sync", connection, {
          seed: secret(NEW_SEED),
          secret: setup.secret?.(),
        });
        await connection[Symbol.asyncDispose]();
        const after = token.truth();
        check(changes(before, after).includes("clock"), "the clock has to be written");
        const held = seedState(after);
        const allowed: Readonly<Record<string, readonly unknown[]>> = {
          "keeps-seeds": ["old-seed"],
          "clears-seeds": ["no-seed"],
          "unknown": ["old-seed", "no-seed"],
        };
        check(
          allowed[clockWrite!]!.includes(held),
          `traits.clockWrite says ${clockWrite}, and afterwards the token holds ${
            held ?? "another seed"
          }`,
        );
      }),
  },
  {
    id: "driver/effects",
    tier: 1,
    title: "every command changes in the token what its effect says, and nothing else",
    needs: [],
    run: async (setup) => {
      for (const work of await worksFor(setup)) {
        await withTokens(setup.tokens, async (tokens) => {
          const { connection, events } = await connectTo(tokens.token, { ...setup, tokens });
          const { traits } = connection.token;
          await finish(work, connection, { seed: secret(NEW_SEED), secret: setup.secret?.() });
          await connection[Symbol.asyncDispose]();
          for (const { command, effect, changed } of events) {
            const may = mayChange(effect as CommandEffect, traits);
            const other = changed.filter((part) => !may.includes(part));
            check(
              other.length === 0,
              `"${command}" is declared as ${effect} and changes the token's ${
                other.join(", ")
              }: declare what it does, or nobody is warned`,
            );
          }
        });
      }
    },
  },
  {
    id: "driver/repeatable",
    tier: 1,
    title: "a write that may be repeated leaves the same when it is done twice",
    needs: [],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const { connection } = await connectTo(token, { ...setup, tokens });
        const options = { seed: secret(NEW_SEED), secret: setup.secret?.() };
        const { access, configuration, seeds } = connection.token;
        const work = seeds ? "burn-sync" : "clock-sync";
        const plan = await planWork(work, connection.token, options);
        const clockSeconds = Math.round(systemTime.now() / 1000);
        const write = { ...plan.parameters, clockSeconds };
        const { slot } = plan.entries[0]!;
        const place = slot === undefined ? {} : { slot };
        const twice = async (once: () => Promise<void>, again: () => Promise<void>) => {
          await once();
          const truth = token.truth();
          await again();
          const changed = changes(truth, token.truth()).filter((part) => part !== "clock");
          check(
            changed.length === 0,
            `a write that is declared repeatable must not change ${
              changed.join(", ")
            } the second time`,
          );
        };
        if (configuration?.repeatable) {
          await access?.authenticate({ secret: options.secret });
          const settings = (): Promise<void> => configuration.write(write, place);
          await twice(settings, settings);
        }
        if (seeds?.repeatable) {
          const seed = (again: boolean) => (): Promise<void> =>
            writeSeedOf(plan, connection.token, { secret: options.secret, again });
          await twice(seed(false), seed(true));
        }
        await connection[Symbol.asyncDispose]();
      }),
  },
  {
    id: "driver/seeds",
    tier: 1,
    title:
      "a seed can be written, or the traits say why not: then it is refused before anything is sent",
    needs: [],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const { connection } = await connectTo(token, { ...setup, tokens });
        const { traits, seeds } = connection.token;
        const { exchanges } = token.faults;
        const refused = traits?.seedRefused;
        check(
          (seeds === undefined) === (refused !== undefined),
          "a model has either seeds or traits.seedRefused, which says why no seed can be written",
        );
        if (traits && refused !== undefined) {
          const plan = planBurn({
            token: connection.token,
            request: {
              seed: secret(NEW_SEED),
              algorithm: traits.algorithms[0]!,
              digits: traits.digits[0]!,
              period: traits.periods[0]!,
              syncClock: false,
            },
            policy: { now: systemTime.now() },
          });
          check(
            !plan.ok && plan.refusals.some(({ message }) => message.includes(refused)),
            "a burn of a token whose seed cannot be written has to be refused with traits.seedRefused",
          );
        }
        check(
          token.faults.exchanges === exchanges,
          "whether a seed can be written is told without asking the token",
        );
        await connection[Symbol.asyncDispose]();
      }),
  },
  {
    id: "driver/shown-code",
    tier: 1,
    title: "the code that is read over the link is the one on the display, and no trace shows it",
    needs: ["shown-code"],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const { connection, events } = await connectTo(token, { ...setup, tokens });
        const { shownCode } = connection.token;
        check(
          shownCode !== undefined,
          'shownCode has to be there; elsewhere supports says: { "shown-code": "it tells none" }',
        );
        const before = token.truth();
        // Its time step may end in between.
        const shown = [token.display()];
        const code = await shownCode.read();
        shown.push(token.display());
        await connection[Symbol.asyncDispose]();
        check(shown.includes(code), `the code has to be ${shown[0]}, as on the display`);
        const changed = changes(before, token.truth());
        check(changed.length === 0, `reading a code must not change ${changed.join(", ")}`);
        const traced = events.map(({ text }) => text).join("\n");
        check(
          !traced.includes(code) &&
            !traced.includes([...code].map((digit) => `0${digit}`).join("")),
          "the bytes of a code have to be declared in secrets: whoever reads a trace could log in",
        );
      }),
  },
  {
    id: "driver/secrets/trace",
    tier: 1,
    title: "a trace shows nothing of a seed: not a byte of it, and nothing that depends on it",
    needs: ["seed"],
    run: async (setup) => {
      const seeds = [NEW_SEED, NEW_SEED.map((byte) => byte ^ 0x55)];
      const [one = [], other = []] = [
        await traceOf(setup, seeds[0]!),
        await traceOf(setup, seeds[1]!),
      ].map((events) => {
        const all = events.map(({ text }) => text).join("\n");
        check(
          !seeds.some((seed) => showsSeed(all, seed)),
          "the bytes that hold the seed have to be declared in secrets: the trace shows them",
        );
        return events.filter(({ effect }) => effect === "writes-seed").map(({ text }) => text);
      });
      check(one.length > 0, "a command that writes the seed has to have the effect writes-seed");
      // The seed may be enciphered with a published key: then its ciphertext is as good as itself.
      check(
        one.join() === other.join(),
        "two seeds must not leave two traces: all that depends on the seed, its ciphertext and MAC too, " +
          `has to be declared in secrets (${one.join(" ")} and ${other.join(" ")})`,
      );
    },
  },
  {
    id: "driver/golden",
    tier: 1,
    title: "commands are written byte by byte as they are known to be right",
    needs: ["golden"],
    run: ({ golden = [] }) => {
      check(golden.length > 0, "setup() has to give golden commands for this case");
      for (const { name, source, actual, expected } of golden) {
        const written = encodeHex(actual());
        check(
          written === expected.replaceAll(/\s/g, "").toUpperCase(),
          `${name} has to be ${expected} (${source}), not ${written}`,
        );
      }
      return Promise.resolve();
    },
  },
  {
    id: "driver/twin",
    tier: 1,
    title:
      "of two equal tokens on two equal readers the one that was named is written, and the other not touched",
    needs: ["seed"],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const [other, named] = tokens.tokens as [TokenUnderTest, TokenUnderTest];
        const before = other.truth();
        // Both are open at once: a driver that keeps a session for all tokens mixes them up.
        const kept = await connectTo(other, { ...setup, tokens });
        const exchanges = other.faults.exchanges;
        const { connection } = await connectTo(named, { ...setup, tokens });
        check(
          connection.token.identity.serial !== kept.connection.token.identity.serial,
          "two tokens must not have one serial number: a burn goes on with the token that has it",
        );
        await finish("burn-sync", connection, { seed: secret(NEW_SEED), secret: setup.secret?.() });
        await connection[Symbol.asyncDispose]();
        await kept.connection[Symbol.asyncDispose]();
        check(
          seedState(named.truth()) === "new-seed",
          "the token that was named has to be written",
        );
        const changed = changes(before, other.truth());
        check(
          changed.length === 0 && other.faults.exchanges === exchanges,
          `the other token was sent something, and its ${
            changed.join(", ") || "storage"
          } is in danger: a ` +
            "command has to go over the link of its own token",
        );
      }, { count: 2 }),
  },
];
