import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { check } from "../_check.ts";
import type { TokenTruth, TokenUnderTest } from "../token/mod.ts";
import { changes, type Part, withTokens } from "../token/with_tokens.ts";
import type { ModelNotes, ModelSetup, ModelVector } from "./setup.ts";

/** Says something to a token, in hexadecimal both ways. */
export async function say({ card }: TokenUnderTest, command: string): Promise<string> {
  return encodeHex(await card.process(decodeHex(plain(command))));
}

/** Hexadecimal as it is compared. */
export function plain(hex: string): string {
  return hex.replaceAll(/\s/g, "").toUpperCase();
}

/** Whether a token has said what the notes have; see {@linkcode ModelNotes.reports}. */
export function fits(
  said: string | undefined,
  expected: string,
  { reports }: Pick<ModelNotes, "reports">,
): boolean {
  if (!reports || expected === "") return said === plain(expected);
  return said !== undefined && new RegExp(`^${plain(expected)}`).test(said);
}

/** Says hello; tells whether the token is alive. */
export async function isAlive(token: TokenUnderTest, notes: ModelNotes): Promise<boolean> {
  const said = await say(token, notes.hello);
  return notes.reports ? fits(said, notes.reports.answer, notes) : said.endsWith("9000");
}

/** The seed in storage, in hexadecimal. */
export function seedOf({ seed }: TokenTruth): string | null {
  return seed === null || seed.length === 0 ? null : seed.use(encodeHex);
}

/** The token has to be alive, and to hold what it held. */
export async function checkUnchanged(
  token: TokenUnderTest,
  before: TokenTruth,
  { notes, after, but = [] }: {
    readonly notes: ModelSetup["notes"];
    /** What was done to it, for a message. */
    readonly after: string;
    readonly but?: readonly Part[];
  },
): Promise<void> {
  const changed = changes(before, token.truth()).filter((part) => !but.includes(part));
  check(
    changed.length === 0,
    `after ${after} the token's ${changed.join(", ")} must not have changed`,
  );
  const alive = await isAlive(token, notes);
  check(alive, `after ${after} the token has to answer ${notes.hello} as ever`);
}

/** The vectors that end with a write. */
export function writes({ notes }: ModelSetup): readonly (ModelVector & { seed: string | null })[] {
  const found = (notes.vectors ?? []).flatMap((vector) =>
    vector.seed === undefined ? [] : [{ ...vector, seed: vector.seed && plain(vector.seed) }]
  );
  check(found.length > 0, "notes.vectors has to have conversations that end with a write (seed)");
  return found;
}

/** Lends a new token to which all of a vector but its last command was said; gives that command. */
export function beforeTheLast<T>(
  { tokens, notes }: ModelSetup,
  { exchanges, name }: ModelVector,
  use: (token: TokenUnderTest, last: string) => Promise<T>,
): Promise<T> {
  return withTokens(tokens, async ({ token }) => {
    for (const [command, answer] of exchanges.slice(0, -1)) {
      const said = await say(token, command);
      check(
        fits(said, answer, notes),
        `${name}: ${command} has to be answered ${answer}, not ${said}`,
      );
    }
    return await use(token, exchanges.at(-1)![0]);
  });
}

/** Says something that never comes to an answer; gives the answer if it does. */
export function sayInVain(token: TokenUnderTest, command: string): Promise<string | undefined> {
  return say(token, command).then((answer) => answer, () => undefined);
}
