import { encodeHex } from "@otpsmith/core/bytes";
import { proveByDisplay } from "@otpsmith/core/burn";
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
import { finish, planWork, WORKS } from "../token/work.ts";
import { connectTo } from "./_station.ts";
import type { DriverSetup } from "./setup.ts";

/** What a command of that effect may change. */
const MAY_CHANGE: Readonly<Record<CommandEffect, readonly Part[]>> = {
  "none": [],
  "authenticates": ["tries"],
  "writes-clock": ["clock", "seed"],
  "writes-config": ["clock", "settings", "seed"],
  "writes-seed": ["seed"],
  "writes-key": ["key", "tries"],
  "erases": ["seed", "settings", "clock", "key"],
};

/** Writes that seed into a new token and gives all that was traced. */
function traceOf(setup: DriverSetup, seed: readonly number[]): Promise<readonly TraceEvent[]> {
  return withTokens(setup.tokens, async (tokens) => {
    const { connection, events } = await connectTo(tokens.token, { ...setup, tokens });
    const { access, seeds } = connection.token;
    await access?.authenticate();
    await seeds?.write(secret(seed));
    await connection[Symbol.asyncDispose]();
    return events;
  });
}

/** What a driver says of its commands, held against what the token does. */
export const commandCases: readonly ConformanceCase<DriverSetup>[] = [
  {
    id: "driver/burn",
    tier: 1,
    title: "a burn leaves the new seed in the token, and the display shows its code",
    needs: [],
    run: async (setup) => {
      for (const work of ["burn-sync", "burn-keep"] as const) {
        await withTokens(setup.tokens, async (tokens) => {
          const { token } = tokens;
          const { connection } = await connectTo(token, { ...setup, tokens });
          const { parameters } = await planWork(work, connection.token, {
            seed: secret(NEW_SEED),
          });
          await finish(work, connection, { seed: secret(NEW_SEED) });
          await connection[Symbol.asyncDispose]();
          check(
            seedState(token.truth()) === "new-seed",
            `${work} was acknowledged, and the token does not hold the seed, byte for byte`,
          );
          token.powerCycle();
          const code = token.display();
          const proof = code === null ? undefined : proveByDisplay(secret(NEW_SEED), {
            parameters,
            code,
            now: systemTime.now(),
          });
          check(
            proof?.match === true && Math.abs(proof.driftSteps!) <= 1,
            `after ${work} the display has to show the seed's code: hash, time step and clock have to be ` +
              "written as the plan has them",
          );
        });
      }
    },
  },
  {
    id: "driver/clock-sync",
    tier: 1,
    title: "setting the clock sets it, and does to the seed what traits.clockWrite says",
    needs: [],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const before = token.truth();
        const { connection } = await connectTo(token, { ...setup, tokens });
        const clockWrite = connection.token.traits?.clockWrite;
        if (clockWrite === "none") return;
        await finish("clock-sync", connection, { seed: secret(NEW_SEED) });
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
      for (const work of WORKS) {
        await withTokens(setup.tokens, async (tokens) => {
          const { connection, events } = await connectTo(tokens.token, { ...setup, tokens });
          await finish(work, connection, { seed: secret(NEW_SEED) });
          await connection[Symbol.asyncDispose]();
          for (const { command, effect, changed } of events) {
            const may = MAY_CHANGE[effect as CommandEffect];
            const other = changed.filter((part) => !may.includes(part));
            check(
              other.length === 0,
              `"${command}" is declared as ${effect} and changes the token's ${
                other.join(", ")
              }: ` +
                "declare what it does, or nobody is warned",
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
        const { parameters } = await planWork("burn-sync", connection.token, {
          seed: secret(NEW_SEED),
        });
        const { access, configuration, seeds } = connection.token;
        const clockSeconds = Math.round(systemTime.now() / 1000);
        const writes = [
          [configuration?.repeatable, () => configuration?.write({ ...parameters, clockSeconds })],
          [seeds?.repeatable, () => seeds?.write(secret(NEW_SEED))],
        ] as const;
        for (const [repeatable, write] of writes) {
          if (!repeatable) continue;
          await access?.authenticate();
          await write();
          const once = token.truth();
          await write();
          const changed = changes(once, token.truth()).filter((part) => part !== "clock");
          check(
            changed.length === 0,
            `a write that is declared repeatable must not change ${
              changed.join(", ")
            } the second time`,
          );
        }
        await connection[Symbol.asyncDispose]();
      }),
  },
  {
    id: "driver/secrets/trace",
    tier: 1,
    title: "a trace shows nothing of a seed: not a byte of it, and nothing that depends on it",
    needs: [],
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
    needs: [],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const [other, named] = tokens.tokens as [TokenUnderTest, TokenUnderTest];
        const before = other.truth();
        // Both are open at once: a driver that keeps a session for all tokens mixes them up.
        const kept = await connectTo(other, { ...setup, tokens });
        const exchanges = other.faults.exchanges;
        const { connection } = await connectTo(named, { ...setup, tokens });
        await finish("burn-sync", connection, { seed: secret(NEW_SEED) });
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
