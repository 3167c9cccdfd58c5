import { proveByToken } from "@otpsmith/core/burn";
import { isProjectError, TokenError } from "@otpsmith/core/errors";
import type { Secret } from "@otpsmith/core/secret";
import type { TokenConnection } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import type { TouchWanted } from "@otpsmith/core/token";
import { broken, check } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import type { TokenUnderTest } from "../token/mod.ts";
import {
  changes,
  NEW_SEED,
  OWNERS,
  secret,
  seedState,
  showsSeed,
  withTokens,
} from "../token/with_tokens.ts";
import { finish, planWork } from "../token/work.ts";
import { connectTo, type WatchedEvent } from "./_station.ts";
import type { DriverSetup } from "./setup.ts";

/** A token to which its owner has given something that has to be shown. */
interface Owned {
  readonly token: TokenUnderTest;
  readonly connection: TokenConnection;
  readonly events: readonly WatchedEvent[];
  /** What the token wants to see. */
  readonly right: Secret;
  /** Something else of the same length. */
  readonly wrong: Secret;
}

/** Gives a token a secret, unless it was made with one, and opens it anew. */
function withOwner<T>(setup: DriverSetup, use: (owned: Owned) => Promise<T>): Promise<T> {
  return withTokens(setup.tokens, async (tokens) => {
    const { token } = tokens;
    const { connection, events } = await connectTo(token, { ...setup, tokens });
    try {
      const { access } = connection.token;
      check(
        access?.secret !== undefined,
        'access.secret has to say what the owner gives; elsewhere supports says: { secret: "it wants none" }',
      );
      let right = setup.secret?.();
      if (!right) {
        check(
          access.rotation !== undefined,
          "setup() has to give secret(): the token has one that nobody can set",
        );
        const { min, max } = access.secret.bytes;
        const length = Math.min(Math.max(min, OWNERS.length), max);
        right = setup.newSecret?.() ??
          secret(Array.from({ length }, (_, i) => OWNERS[i % OWNERS.length]!));
        await access.rotation.rotate(right, { onTouch: () => systemTime.sleep(PRESS_EVERY_MS) });
        await connection.reopen();
      }
      const wrong = right.use((bytes) => secret(Array.from(bytes, (byte) => byte ^ 1)));
      return await use({ token, connection, events, right, wrong });
    } finally {
      await connection[Symbol.asyncDispose]();
    }
  });
}

/** Shows a token the wrong thing; gives its refusal. */
async function refusalOf({ connection }: Owned, shown: Secret): Promise<TokenError> {
  const refused = await connection.token.access!.authenticate({ secret: shown })
    .then(() => undefined, (error: unknown) => error);
  check(
    refused instanceof TokenError && ["bad-key", "locked"].includes(refused.kind),
    `authenticate() has to fail with bad-key where the owner's secret is wrong, not with ${refused}`,
  );
  return refused;
}

/** How often a button is pressed until a token notices. */
const PRESS_EVERY_MS = 5;
/** A driver that has not told by then will not: the token is pressed, lest it wait for ever. */
const PRESS_ANYWAY_MS = 8_000;

/** What a driver does where a person has something to give, or to press. */
export const personCases: readonly ConformanceCase<DriverSetup>[] = [
  {
    id: "driver/secret/wrong",
    tier: 1,
    title: "a wrong secret of the owner is shown once, changes nothing, and its tries are told",
    needs: ["secret"],
    run: (setup) =>
      withOwner(setup, async (owned) => {
        const { token, connection, wrong } = owned;
        let last: { readonly tries: number; readonly left: number | undefined } | undefined;
        for (let shown = 0; shown < 2; shown++) {
          const before = token.truth();
          const { attemptsLeft: left } = await refusalOf(owned, wrong);
          const after = token.truth();
          const changed = changes(before, after).filter((part) => part !== "tries");
          check(changed.length === 0, `a wrong secret must not change the token's ${changed}`);
          const { tries } = after;
          check(
            tries - before.tries <= 1,
            `a wrong secret has to be shown once: ${tries - before.tries} tries are gone`,
          );
          check(
            tries === before.tries || left !== undefined,
            "the token counts tries: the error has to say how many are left (attemptsLeft)",
          );
          check(
            last?.left === undefined || left === last.left - (tries - last.tries),
            `attemptsLeft has to fall with the token's tries: ${last?.left}, then ${left}`,
          );
          last = { tries, left };
          await connection.reopen();
        }
      }),
  },
  {
    id: "driver/secret/right",
    tier: 1,
    title: "with the right one a burn is done",
    needs: ["secret"],
    run: (setup) =>
      withOwner(setup, async ({ token, connection, right }) => {
        await finish("burn-sync", connection, { seed: secret(NEW_SEED), secret: right });
        check(seedState(token.truth()) === "new-seed", "the token has to hold the new seed");
      }),
  },
  {
    id: "driver/secret/trace",
    tier: 1,
    title: "neither traces nor errors show anything of what the owner gave",
    needs: ["secret"],
    run: (setup) =>
      withOwner(setup, async (owned) => {
        const { connection, events, right, wrong } = owned;
        const error = await refusalOf(owned, wrong);
        await connection.reopen();
        await finish("burn-sync", connection, { seed: secret(NEW_SEED), secret: right });
        const said = `${events.map(({ text }) => text).join("\n")} ${error} ${
          JSON.stringify(error)
        }`;
        for (const shown of [right, wrong]) {
          const bytes = shown.use((copy) => [...copy]);
          const text = new TextDecoder().decode(Uint8Array.from(bytes));
          check(
            !showsSeed(said, bytes) && !said.includes(text),
            "the bytes that hold what the owner gave have to be declared in secrets: they are shown",
          );
        }
      }),
  },
  {
    id: "driver/touch/pressed",
    tier: 1,
    title: "who asks for a code that wants a touch is told, and gets it when the token was touched",
    needs: ["touch", "computed"],
    run: (setup) =>
      withTouch(setup, "by-hand", async ({ token, connection, plan }) => {
        check(token.press !== undefined, "tokens() has to give press() for this case");
        const told: TouchWanted[] = [];
        const over = new AbortController();
        const since = systemTime.now();
        const pressing = (async () => {
          while (!over.signal.aborted) {
            const late = systemTime.now() - since > PRESS_ANYWAY_MS;
            if (told.length > 0 || late) token.press!();
            await systemTime.sleep(PRESS_EVERY_MS);
          }
        })();
        try {
          const [proof] = await proveByToken(connection.token, plan, {
            onTouch: (wanted) => void told.push(wanted),
          });
          check(
            proof?.level === "computed" && proof.match,
            "the code of a token that was touched has to be the seed's",
          );
        } finally {
          over.abort();
          await pressing;
        }
        check(
          told.length === 1 && told[0]!.says.trim().length > 0,
          `onTouch has to be told once, with a sentence for the person (it was ${told.length} times)`,
        );
      }),
  },
  {
    id: "driver/touch/never",
    tier: 1,
    title: "where nobody touches it, that is said, and the seed stays",
    needs: ["touch", "computed"],
    run: (setup) =>
      withTouch(setup, "nobody", async ({ token, connection, plan }) => {
        const thrown = await proveByToken(connection.token, plan, { onTouch: () => undefined })
          .then(() => broken("a code that wants a touch must not come without one"), (error) => {
            if (!isProjectError(error)) throw error;
            return error;
          });
        check(
          thrown instanceof TokenError && thrown.kind === "wants-touch" &&
            thrown.next !== undefined,
          `the error has to be wants-touch and to say what to do, not ${thrown}`,
        );
        check(seedState(token.truth()) === "new-seed", "the seed has to stay where it is");
      }),
  },
];

/** Burns an entry whose codes want a touch. */
function withTouch(
  setup: DriverSetup,
  presser: "by-hand" | "nobody",
  use: (burned: {
    readonly token: TokenUnderTest;
    readonly connection: TokenConnection;
    readonly plan: Awaited<ReturnType<typeof planWork>>;
  }) => Promise<void>,
): Promise<void> {
  return withTokens(setup.tokens, async (tokens) => {
    const { token } = tokens;
    const { connection } = await connectTo(token, { ...setup, tokens });
    check(
      connection.token.traits?.touch === true,
      'traits.touch has to say so; elsewhere supports says: { touch: "no code of it wants a touch" }',
    );
    const options = { seed: secret(NEW_SEED), secret: setup.secret?.(), touch: true };
    const plan = await planWork("burn-sync", connection.token, options);
    await finish("burn-sync", connection, options);
    await use({ token, connection, plan });
    await connection[Symbol.asyncDispose]();
  }, { presser });
}
