import { openSession } from "@otpsmith/core/command";
import { isProjectError, LinkError } from "@otpsmith/core/errors";
import {
  createApduLink,
  createFeatureLink,
  createReportLink,
  type EndpointFacts,
  type LinkByKind,
  type LinkKind,
} from "@otpsmith/core/link";
import { HastyTime } from "@otpsmith/core/time";
import type { NotRecognised, Token } from "@otpsmith/core/token";
import type { TraceEvent } from "@otpsmith/core/trace";
import { broken, check } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import { changes, withTokens } from "../token/with_tokens.ts";
import { connectTo } from "./_station.ts";
import type { DriverSetup } from "./setup.ts";

/** What lies on a reader and is not a token of any family: what it answers to whatever it is asked. */
const STRANGERS: readonly (readonly [name: string, answer: readonly number[]])[] = [
  ["a card that knows no instruction", [0x6d, 0x00]],
  ["a card that knows no class", [0x6e, 0x00]],
  ["a card that finds nothing", [0x6a, 0x82]],
  ["a card that wants to be authenticated to", [0x69, 0x82]],
  ["a card that says yes to everything", [0x90, 0x00]],
  ["a card that answers noise", [...new Array(24).fill(0xff), 0x90, 0x00]],
  ["a card that answers zeros", [...new Array(24).fill(0x00), 0x90, 0x00]],
];

/** The bare exchange of something that is no token. */
type Exchange = () => Promise<Uint8Array>;

const STRANGER = { label: "stranger", release: () => Promise.resolve() } as const;
const REPORT_BYTES = 64;

/** An answer in a report, filled up with zeros. */
async function inReport(exchange: Exchange): Promise<Uint8Array> {
  const report = new Uint8Array(REPORT_BYTES);
  report.set(await exchange());
  return report;
}

/** A link of each kind to something that is no token. */
const LINKS: { readonly [K in LinkKind]: (exchange: Exchange) => LinkByKind[K] } = {
  apdu: (exchange) =>
    createApduLink({
      ...STRANGER,
      medium: "simulated",
      limits: { command: 261, response: 258 },
      exchange,
    }),
  report: (exchange) =>
    createReportLink({
      ...STRANGER,
      reportBytes: REPORT_BYTES,
      send: () => Promise.resolve(),
      receive: () => inReport(exchange),
    }),
  feature: (exchange) =>
    createFeatureLink({
      ...STRANGER,
      reportBytes: REPORT_BYTES,
      set: () => Promise.resolve(),
      get: () => inReport(exchange),
    }),
};

/** Asks a driver what it makes of something that always answers the same, or fails. */
async function identifyStranger(
  { driver }: DriverSetup,
  exchange: Exchange,
  facts: EndpointFacts,
): Promise<{ readonly found: Token | NotRecognised; readonly events: readonly TraceEvent[] }> {
  const events: TraceEvent[] = [];
  const link = LINKS[driver.kind](exchange);
  const trace = (event: TraceEvent): void => void events.push(event);
  try {
    const session = openSession(link, { trace }) as never; // it is of the driver's kind
    const time = new HastyTime();
    return { found: await driver.identify(session, { time, facts, timeoutMs: 1_000 }), events };
  } finally {
    await link[Symbol.asyncDispose]();
  }
}

/** What the system says of the tokens under test: drivers for HID look there first. */
function factsOf({ tokens }: DriverSetup): Promise<EndpointFacts> {
  return withTokens(tokens, async ({ transport }) => (await transport.list())[0]!.facts);
}

/** What the system says of a HID device that nobody here has heard of. */
const FOREIGN: EndpointFacts = { usb: { vendorId: 0x1209, productId: 0x0001 } };

/** How a driver tells what lies on a reader. */
export const identifyCases: readonly ConformanceCase<DriverSetup>[] = [
  {
    id: "driver/shape",
    tier: 0,
    title: "it has a short name, says which family it knows, and how well it is known to work",
    needs: [],
    run: ({ driver: { name, family, evidence } }) => {
      check(/^[a-z][a-z0-9_]{0,31}$/.test(name), `name has to be short and plain, not "${name}"`);
      check(family.trim().length > 0, "family has to name the tokens for a person");
      check(
        evidence.note.trim().length > 0,
        "evidence.note has to say what was seen, by whom, and where it is written down",
      );
      return Promise.resolve();
    },
  },
  {
    id: "driver/identify/harmless",
    tier: 1,
    title:
      "identify() changes nothing in a token, uses up no tries and sends only what changes nothing",
    needs: [],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const before = token.truth();
        const { connection, events } = await connectTo(token, { ...setup, tokens });
        await connection[Symbol.asyncDispose]();
        const changed = changes(before, token.truth());
        check(changed.length === 0, `identify() must not change the token's ${changed.join(", ")}`);
        const harmful = events.find(({ effect }) => effect !== "none");
        check(
          harmful === undefined,
          `identify() may send commands of effect none alone, not "${harmful?.command}" ` +
            `(${harmful?.effect}): wrong proofs may lock a token for good`,
        );
      }),
  },
  {
    id: "driver/identify/identity",
    tier: 1,
    title:
      "a recognised token has a family, a model, plain traits and the facets that they promise",
    needs: [],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { driver } = setup;
        const { connection } = await connectTo(tokens.token, { driver, tokens });
        const { identity, traits, evidence, clock, configuration, shownCode, access, codes } =
          connection.token;
        await connection[Symbol.asyncDispose]();
        check(identity.driver === driver.name, `identity.driver has to be "${driver.name}"`);
        check(identity.family.trim().length > 0, "identity.family has to name it for a person");
        check(identity.model !== undefined, "a known model has to be named");
        check(evidence.note.trim().length > 0, "evidence.note has to say what was seen");
        check(traits !== undefined, "a known model has to have traits");
        check(
          JSON.stringify(JSON.parse(JSON.stringify(traits))) === JSON.stringify(traits) &&
            !JSON.stringify(traits).includes("null"),
          "traits have to be plain data that JSON keeps as it is",
        );
        // How far a clock is off is told by itself, or by the code of the moment.
        const tellsTime = clock !== undefined || shownCode !== undefined;
        check(
          traits.clockWrite === "none" || (tellsTime && configuration !== undefined),
          "traits.clockWrite says that the clock can be written: clock (or shownCode) and configuration are missing",
        );
        check(
          traits.access === "none"
            ? access === undefined || access.rotation !== undefined
            : access !== undefined,
          "access has to be there where traits.access is not none; elsewhere it can only set something",
        );
        check(
          traits.proof[0] !== "computed" || codes !== undefined,
          "traits.proof says that the token computes codes: codes is missing",
        );
      }),
  },
  {
    id: "driver/identify/strangers",
    tier: 1,
    title: "what is no token of the family is not recognised, with a reason, and not written to",
    needs: [],
    run: async (setup) => {
      // What a strange HID device makes of a report nobody knows: whether it is one, the facts say.
      const isCard = setup.driver.kind === "apdu";
      for (const [name, answer] of STRANGERS) {
        const { found, events } = await identifyStranger(
          setup,
          () => Promise.resolve(Uint8Array.from(answer)),
          isCard ? {} : FOREIGN,
        ).catch((error) => broken(`identify() must not throw for ${name}: ${error}`));
        check(
          found.identity === undefined,
          `identify() must not take ${name} for a token: read its answer strictly`,
        );
        check(found.reason.trim().length > 0, `identify() has to say why ${name} is no token`);
        check(
          isCard || events.length === 0,
          `identify() must not send a report to a device of another maker ("${
            events[0]?.command
          }")`,
        );
        const harmful = events.find(({ effect }) => effect !== "none");
        check(harmful === undefined, `identify() must not send "${harmful?.command}" to ${name}`);
      }
    },
  },
  {
    id: "driver/identify/nonsense",
    tier: 1,
    title:
      "what looks like a token from outside and answers nonsense is not taken for one that can be written",
    needs: [],
    run: async (setup) => {
      const facts = await factsOf(setup);
      // All at once: what never makes sense is listened to until the time is over.
      await Promise.all(STRANGERS.map(async ([name, answer]) => {
        const exchange = (): Promise<Uint8Array> => Promise.resolve(Uint8Array.from(answer));
        const seen = await identifyStranger(setup, exchange, facts).catch((error) => {
          if (isProjectError(error)) return undefined; // it answers nothing that can be understood
          return broken(`identify() may throw project errors alone for ${name}, not ${error}`);
        });
        check(
          seen?.found.identity === undefined || seen.found.traits === undefined,
          `identify() must not take ${name} for a token that can be written`,
        );
      }));
    },
  },
  {
    id: "driver/identify/lost-link",
    tier: 1,
    title:
      "a conversation that fails is no answer: identify() throws the LinkError and decides nothing",
    needs: [],
    run: async (setup) => {
      const lost = new LinkError("lost", "Cannot send: it went away", { delivery: "unknown" });
      const thrown = await identifyStranger(
        setup,
        () => Promise.reject(lost),
        await factsOf(setup),
      ).then(
        () => undefined,
        (error: unknown) => error,
      );
      check(
        thrown instanceof LinkError,
        "identify() has to let a LinkError through: it says nothing about the token",
      );
    },
  },
  {
    id: "driver/identify/unknown-model",
    tier: 1,
    title: "a token of the family whose model is in no table can be read and not written",
    needs: ["unknown-model"],
    run: async (setup) => {
      check(
        setup.unknownModel !== undefined,
        "setup() has to give unknownModel() for this case",
      );
      await withTokens(setup.unknownModel, async (tokens) => {
        const { connection } = await connectTo(tokens.token, { ...setup, tokens });
        const { identity, traits, configuration, seeds, access } = connection.token;
        await connection[Symbol.asyncDispose]();
        check(identity.model === undefined, "identity.model must not be guessed");
        check(
          [traits, configuration, seeds, access].every((part) => part === undefined),
          "a model that is not known must offer nothing that writes, and no traits: a wrong guess erases seeds",
        );
      });
    },
  },
  {
    id: "driver/clock",
    tier: 1,
    title: "reading the clock changes nothing, and tells the token's time",
    needs: ["clock", "clock-read"],
    run: (setup) =>
      withTokens(setup.tokens, async (tokens) => {
        const { token } = tokens;
        const { connection, events } = await connectTo(token, { ...setup, tokens });
        const { clock } = connection.token;
        check(
          clock !== undefined,
          'clock has to be there; of a token that has none supports says: { clock: "it has none" }',
        );
        const read = await clock.read();
        await connection[Symbol.asyncDispose]();
        for (const { driftSeconds, tokenSeconds, hostMilliseconds } of [clock.seen, read]) {
          const drift = tokenSeconds - hostMilliseconds / 1000;
          check(
            Math.abs(drift) < DRIFT_SECONDS && Math.abs(driftSeconds - drift) < 2,
            "a token whose clock is right has to have next to no drift: token minus computer, in seconds " +
              `(it says ${tokenSeconds} and a drift of ${driftSeconds})`,
          );
        }
        const writes = events.find(({ effect, changed }) =>
          effect !== "none" || changed.length > 0
        );
        check(writes === undefined, `reading the clock must not send "${writes?.command}"`);
      }),
  },
];

/** What a busy machine may put between reading a token's clock and the computer's. */
const DRIFT_SECONDS = 20;
