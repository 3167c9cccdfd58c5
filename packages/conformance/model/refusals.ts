import { decodeHex } from "@otpsmith/core/bytes";
import { check } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import { withTokens } from "../token/with_tokens.ts";
import { checkUnchanged, fits, say } from "./_talk.ts";
import type { ModelNotes, ModelSetup, RefusalSort } from "./setup.ts";

function refuses(sort: RefusalSort, title: string): ConformanceCase<ModelSetup> {
  return {
    id: `model/refuses/${sort}`,
    tier: 1,
    title,
    needs: [sort],
    run: async ({ notes, tokens }) => {
      const noted = notes.refusals.filter((refusal) => refusal.sort === sort);
      check(noted.length > 0, `notes.refusals has to say what a token of ${sort} is refused with`);
      for (const { name, commands, status } of noted) {
        await withTokens(tokens, async ({ token }) => {
          for (const command of commands.slice(0, -1)) await say(token, command);
          const before = token.truth();
          const said = await say(token, commands.at(-1)!);
          check(
            fits(said, status, notes),
            `${name} has to be refused with ${status}, and was answered ${said}`,
          );
          // Whoever proves the wrong thing may lose a try: that is what tries are for.
          await checkUnchanged(token, before, { notes, after: name, but: ["tries"] });
        });
      }
    },
  };
}

/** As many strange commands as are tried. */
const STRANGE_COMMANDS = 500;

/** Bytes of a report in which a command is named. */
const HEAD = 5;

/** Commands of any length and content, the same in each run (a linear congruence, Numerical Recipes). */
function* strangeCommands({ hello, reports }: ModelNotes): Generator<Uint8Array> {
  const known = decodeHex(hello);
  let state = 1;
  const next = (): number => (state = (Math.imul(state, 1664525) + 1013904223) >>> 0) >>> 24;
  for (let count = 0; count < STRANGE_COMMANDS; count++) {
    const command = Uint8Array.from({ length: count % 5 === 0 ? next() + 10 : next() % 24 }, next);
    if (count % 2 === 0 && command.length > 0) command[0] = [0x00, 0x80, 0x84, 0x90][next() % 4]!;
    // Reports of the wrong length come no further than the interface: some have the right one, and a head
    // that is known to change nothing.
    if (reports && count % 2 === 0) yield known.map((byte, at) => at < HEAD ? byte : next());
    else yield command;
  }
}

/** What a model says no to. */
export const refusalCases: readonly ConformanceCase<ModelSetup>[] = [
  refuses("unknown-class", "a class that the family does not have is refused, and changes nothing"),
  refuses("unknown-instruction", "so is an instruction that it does not have"),
  refuses("wrong-length", "so is a command of the wrong length"),
  refuses("wrong-order", "so is a command before the one that it needs"),
  refuses("not-authenticated", "so is a write by somebody who has not authenticated"),
  {
    id: "model/any-bytes",
    tier: 1,
    title: "any bytes whatever are answered, by cards with a status word, and change nothing",
    needs: [],
    run: ({ notes, tokens }) =>
      withTokens(tokens, async ({ token }) => {
        const before = token.truth();
        for (const command of strangeCommands(notes)) {
          const answer = await token.card.process(command).catch((error) =>
            check(false, `${command.length} bytes ${command.slice(0, 8)} must not throw: ${error}`)
          );
          check(
            answer !== undefined && (notes.reports !== undefined || answer.length >= 2),
            `${command.length} bytes ${command.slice(0, 8)} have to be answered with a status word`,
          );
        }
        await checkUnchanged(token, before, { notes, after: "strange commands", but: ["tries"] });
      }),
  },
];
