import type { ApduSession } from "@otpsmith/core/command";
import { oath } from "@otpsmith/core/drivers/oath";
import {
  protectimusFraming,
  protectimusSlim,
  readCode,
} from "@otpsmith/core/drivers/protectimus_slim";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { TokenError } from "@otpsmith/core/errors";
import { totp } from "@otpsmith/core/otp";
import { Secret } from "@otpsmith/core/secret";
import type { Token, TokenDriver } from "@otpsmith/core/token";
import { tokensUnderTest } from "@otpsmith/simulator";
import type { Supports } from "../case.ts";
import type { DriverSetup } from "../driver/setup.ts";
import { SLIM_SUPPORTS, slimSetup } from "./protectimus_slim.ts";
import { goldenCommands } from "./token2_single.ts";

const whole = token2Single();
const wholeKey = oath();
const wholeSlim = protectimusSlim();
const MODEL = "token2-single:C302-i";

/** A setup in which everything is right, but for what is given. */
export function driverSetup(differences: Partial<DriverSetup> = {}): Promise<DriverSetup> {
  return Promise.resolve({
    driver: whole,
    tokens: tokensUnderTest({ model: MODEL }),
    unknownModel: tokensUnderTest({
      model: "token2-single:unknown",
      serials: ["11111110000001"],
    }),
    golden: goldenCommands,
    ...differences,
  });
}

/** A key that has no clock, computes codes itself, and wants a PIN and touches; all is right but what is given. */
export function keySetup(differences: Partial<DriverSetup> = {}): Promise<DriverSetup> {
  return Promise.resolve({
    driver: wholeKey,
    tokens: tokensUnderTest({ model: "oath:nitrokey3" }),
    ...differences,
  });
}

/** What each of them cannot show. */
export const SUPPORTS: {
  readonly token: Supports;
  readonly key: Supports;
  readonly slim: Supports;
} = {
  token: {
    "computed": "a display",
    "secret": "a published key",
    "shown-code": "none",
    "touch": "none",
  },
  slim: SLIM_SUPPORTS,
  key: {
    "shown-code": "none",
    "clock": "none",
    "display": "none",
    "unknown-model": "any will do",
    "golden": "elsewhere",
  },
};

/** A driver that breaks a promise, and the cases that have to notice. */
export interface BrokenDriver {
  readonly name: string;
  readonly noticedBy: readonly string[];
  readonly setup: () => Promise<DriverSetup>;
  /** What its tokens cannot show; that of a token with a display unless given. */
  readonly supports?: Supports;
}

function broken(
  name: string,
  noticedBy: readonly string[],
  driver: Partial<TokenDriver<"apdu">>,
): BrokenDriver {
  return { name, noticedBy, setup: () => driverSetup({ driver: { ...whole, ...driver } }) };
}

/** A token that differs from the one that was recognised. */
function token(
  name: string,
  noticedBy: readonly string[],
  change: (token: Token, session: ApduSession) => Partial<Token>,
): BrokenDriver {
  return broken(name, noticedBy, {
    identify: async (session, context) => {
      const found = await whole.identify(session, context);
      if (!found.identity) return found;
      // The facets stand on the object itself, not on its prototype.
      return { ...found, ...change(found, session) };
    },
  });
}

/** Lets the session know another effect of some commands, and no secrets. */
function declared(
  session: ApduSession,
  change: (name: string) => { readonly effect?: string; readonly secrets?: readonly never[] },
): ApduSession {
  const send = session.send.bind(session);
  return Object.assign(Object.create(session), {
    link: session.link,
    send: (command: { name: string }, args: never, options: never) =>
      send({ ...command, ...change(command.name) } as never, args, options),
  });
}

/** A key that differs from the one that was recognised. */
function key(
  name: string,
  noticedBy: readonly string[],
  change: (token: Token, session: ApduSession) => Partial<Token>,
  model = "oath:nitrokey3",
): BrokenDriver {
  return keyDriver(name, noticedBy, {
    identify: async (session, context) => {
      const found = await wholeKey.identify(session, context);
      return found.identity ? { ...found, ...change(found, session) } : found;
    },
  }, model);
}

function keyDriver(
  name: string,
  noticedBy: readonly string[],
  driver: Partial<TokenDriver<"apdu">>,
  model = "oath:nitrokey3",
): BrokenDriver {
  const setup = (): Promise<DriverSetup> =>
    keySetup({ driver: { ...wholeKey, ...driver }, tokens: tokensUnderTest({ model }) });
  return { name, noticedBy, setup, supports: SUPPORTS.key };
}

/** A token whose code is read and whose seed is not written, which differs from the one that was recognised. */
function slim(
  name: string,
  noticedBy: readonly string[],
  change: (token: Token, session: ApduSession) => Partial<Token>,
): BrokenDriver {
  const driver: TokenDriver<"apdu"> = {
    ...wholeSlim,
    identify: async (session, context) => {
      const found = await wholeSlim.identify(session, context);
      return found.identity ? { ...found, ...change(found, session) } : found;
    },
  };
  return { name, noticedBy, setup: () => slimSetup({ driver }), supports: SUPPORTS.slim };
}

let remembered: Secret | undefined;
let shared: ApduSession | undefined;

/** Each breaks what somebody who writes a driver may well break. */
export const brokenDrivers: readonly BrokenDriver[] = [
  broken("says nothing about its evidence", ["driver/shape"], {
    evidence: { level: "simulator", note: "" },
  }),
  broken("finds out what a token is by authenticating", ["driver/identify/harmless"], {
    identify: async (session, context) => {
      const found = await whole.identify(session, context);
      if (found.identity) await found.access?.authenticate();
      return found;
    },
  }),
  token("recognises a model without traits", ["driver/identify/identity"], () => ({
    traits: undefined,
  })),
  token("needs a key that it does not show", ["driver/identify/identity"], () => ({
    access: undefined,
  })),
  broken("takes everything that answers for a token", ["driver/identify/strangers"], {
    identify: async (session, context) => {
      const found = await whole.identify(session, context);
      if (found.identity) return found;
      const identity = { driver: "token2_single", family: "?", model: undefined, serial: "0" };
      return { identity, traits: undefined, evidence: whole.evidence };
    },
  }),
  broken("takes a lost link for another family", ["driver/identify/lost-link"], {
    identify: (session, context) =>
      whole.identify(session, context).catch(() => ({ reason: "it did not answer" })),
  }),
  {
    name: "takes an unknown model for one that it knows",
    noticedBy: ["driver/identify/unknown-model"],
    setup: () => driverSetup({ unknownModel: tokensUnderTest({ model: MODEL }) }),
  },
  token("has the drift the wrong way round", ["driver/clock"], ({ clock }) => ({
    clock: {
      seen: { ...clock!.seen, driftSeconds: clock!.seen.driftSeconds + 60 },
      read: () => clock!.read(),
    },
  })),
  token("writes another seed", ["driver/burn"], ({ seeds }) => ({
    seeds: {
      ...seeds!,
      write: (seed, options) => seeds!.write(seed.use((b) => Secret.take(b.slice(1))), options),
    },
  })),
  token("writes another time step", ["driver/display"], ({ configuration }) => ({
    configuration: {
      ...configuration!,
      write: (settings, options) =>
        configuration!.write({ ...settings, period: settings.period === 30 ? 60 : 30 }, options),
    },
  })),
  token("says that a clock write erases the seed", ["driver/clock-sync"], ({ traits }) => ({
    traits: { ...traits!, clockWrite: "clears-seeds" },
  })),
  broken("declares its writes as harmless", ["driver/effects"], {
    identify: (session, context) =>
      whole.identify(
        declared(session, (name) => name === "write seed" ? { effect: "none" } : {}),
        context,
      ),
  }),
  {
    name: "repeats what adds up",
    noticedBy: ["driver/repeatable"],
    setup: async () => {
      const right = await driverSetup();
      return {
        ...right,
        // A token that takes a second write for another one.
        tokens: async (wanted) => {
          const made = await right.tokens(wanted);
          let written = 0;
          let last: unknown;
          const tokens = made.tokens.map((one) => ({
            ...one,
            truth: () => {
              const truth = one.truth();
              if (last !== truth.seed) written++;
              last = truth.seed;
              return { ...truth, settings: `${truth.settings} ${written}` };
            },
          }));
          return { ...made, tokens };
        },
      };
    },
  },
  broken("does not declare that a command holds the seed", ["driver/secrets/trace"], {
    identify: (session, context) =>
      whole.identify(
        declared(session, (name) => name === "write seed" ? { secrets: [] } : {}),
        context,
      ),
  }),
  {
    name: "writes a byte that nobody knows",
    noticedBy: ["driver/golden"],
    setup: () =>
      driverSetup({
        golden: [{ ...goldenCommands[0]!, actual: () => Uint8Array.of(0x80, 0x42, 0, 0, 0) }],
      }),
  },
  broken("keeps one session for all tokens", ["driver/twin"], {
    identify: async (session, context) => {
      const found = await whole.identify(session, context);
      if (!found.identity) return found;
      shared = shared?.link.closed.aborted === false ? shared : session;
      const other = await whole.identify(shared, context) as Token;
      return { ...other, identity: found.identity };
    },
  }),
  keyDriver("takes whatever looks like one for a token", ["driver/identify/nonsense"], {
    identify: async (session, context) => {
      const found = await wholeKey.identify(session, context).catch(() => undefined);
      if (found?.identity) return found;
      if (!context.facts?.atr) return { reason: "it looks like none" };
      const identity = { driver: "oath", family: "a key", model: "one of them", serial: "1" };
      return { identity, traits: wholeKey.models![0]!.traits, evidence: wholeKey.evidence };
    },
  }),
  key("computes codes from the seed that it remembers", ["driver/computed"], ({ seeds }) => ({
    seeds: {
      ...seeds!,
      write: (seed, options) => {
        remembered = seed.clone();
        return seeds!.write(seed, options);
      },
    },
    codes: {
      compute: ({ settings }, { seconds }) =>
        Promise.resolve(totp(remembered!, { ...settings, time: seconds })),
    },
  })),
  key("tries a wrong PIN again", ["driver/secret/wrong"], ({ access }) => ({
    access: {
      ...access!,
      authenticate: (options) =>
        access!.authenticate(options).catch(() => access!.authenticate(options)),
    },
  })),
  key("does not tell how many tries are left", ["driver/secret/wrong"], ({ access }) => ({
    access: {
      ...access!,
      authenticate: (options) =>
        access!.authenticate(options).catch(({ kind, message }) => {
          throw new TokenError(kind, message, { command: "give PIN" });
        }),
    },
  })),
  key(
    "keeps the password to itself",
    ["driver/secret/right"],
    ({ access }) => ({ access: { ...access!, authenticate: () => Promise.resolve() } }),
    "oath:canokey",
  ),
  keyDriver("does not declare that a command holds the PIN", ["driver/secret/trace"], {
    identify: (session, context) =>
      wholeKey.identify(
        declared(session, (name) => name === "give PIN" ? { secrets: [] } : {}),
        context,
      ),
  }),
  key("says nothing while it waits for a touch", ["driver/touch/pressed"], ({ codes }) => ({
    codes: {
      compute: (target, { onTouch: _, ...options }) => codes!.compute(target, options),
    },
  })),
  key("takes silence for a code", ["driver/touch/never"], ({ codes }) => ({
    codes: {
      compute: (target, options) => codes!.compute(target, options).catch(() => "000000"),
    },
  })),
  token(
    "says that it is done before it is",
    ["driver/faults/burn-sync", "driver/faults/burn-keep"],
    ({ seeds }) => ({
      seeds: {
        ...seeds!,
        write: (seed, options) => seeds!.write(seed, options).catch(() => undefined),
      },
    }),
  ),
  token(
    "takes a refusal for an answer",
    ["driver/faults/clock-sync"],
    ({ traits, configuration }) => ({
      traits: { ...traits!, clockWrite: "clears-seeds" },
      configuration: {
        ...configuration!,
        write: (settings, options) =>
          configuration!.write(settings, options).catch(() => undefined),
      },
    }),
  ),
  slim("offers seeds that nobody can write", ["driver/seeds"], () => ({
    seeds: { repeatable: true, write: () => Promise.reject(new Error("not public")) },
  })),
  slim("says nothing of why it has no seeds", ["driver/seeds"], ({ traits }) => {
    const { seedRefused: _, ...rest } = traits!;
    return { traits: rest };
  }),
  token("offers no seeds and gives no reason", ["driver/seeds"], () => ({ seeds: undefined })),
  slim("reads the digits the wrong way round", ["driver/shown-code"], ({ shownCode }) => ({
    shownCode: {
      read: async () => [...await shownCode!.read()].reverse().join(""),
    },
  })),
  slim("lets a trace have the code", ["driver/shown-code"], (_, { frames }) => ({
    shownCode: {
      read: (options) =>
        frames.send({ ...readCode, secrets: [] }, undefined, {
          ...options,
          framing: protectimusFraming,
        }),
    },
  })),
];
