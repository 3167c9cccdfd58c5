import { LinkError } from "@otpsmith/core/errors";
import type { Endpoint } from "@otpsmith/core/link";
import { createStation, type TokenConnection } from "@otpsmith/core/station";
import type { TimeSource } from "@otpsmith/core/time";
import type { TokenDriver } from "@otpsmith/core/token";
import type { TraceEvent } from "@otpsmith/core/trace";
import { broken, check } from "../_check.ts";
import type { TokensUnderTest, TokenTruth, TokenUnderTest } from "../token/mod.ts";
import { changes, type Part, withTokens } from "../token/with_tokens.ts";
import type { Work } from "../token/work.ts";
import type { DriverSetup } from "./setup.ts";

const CLOCK_SYNC: Work = "clock-sync";

/** All that is asked of the tokens under test; without a clock there is one burn alone, without seeds none. */
export function worksFor(setup: DriverSetup): Promise<readonly Work[]> {
  return withTokens(setup.tokens, async (tokens) => {
    const { connection } = await connectTo(tokens.token, { ...setup, tokens });
    const { traits, seeds } = connection.token;
    await connection[Symbol.asyncDispose]();
    const burns: readonly Work[] = traits?.clockWrite === "none"
      ? ["burn-sync"]
      : ["burn-sync", "burn-keep"];
    return [...(seeds ? burns : []), ...(traits?.clockWrite === "none" ? [] : [CLOCK_SYNC])];
  });
}

/** A trace event, and what the token under test had changed when it came. */
export interface WatchedEvent extends TraceEvent {
  readonly changed: readonly Part[];
}

/** Opens the endpoint on which that token lies, with everything that is sent watched. */
export async function connectTo(
  token: TokenUnderTest,
  { driver, tokens, time }: {
    readonly driver: TokenDriver;
    readonly tokens: TokensUnderTest;
    readonly time?: TimeSource | undefined;
  },
): Promise<{ readonly connection: TokenConnection; readonly events: readonly WatchedEvent[] }> {
  const events: WatchedEvent[] = [];
  let last: TokenTruth = token.truth();
  const trace = (event: TraceEvent): void => {
    const now = token.truth();
    events.push({ ...event, changed: changes(last, now) });
    last = now;
  };
  const station = createStation({ transports: [], drivers: [driver], trace, time });
  for (const endpoint of await tokens.transport.list()) {
    const before = token.faults.exchanges;
    const connection = await unlessBusy(station.connect(endpoint), endpoint);
    if (!connection) continue;
    if (token.faults.exchanges > before) {
      const { serial } = connection.token.identity;
      check(
        serial.length > 0 && (token.serial === undefined || serial === token.serial),
        `identify() has to read the serial number that the token has, ${token.serial}, not ${serial}`,
      );
      return { connection, events };
    }
    await connection[Symbol.asyncDispose]();
  }
  return broken("identify() has to ask the token who it is: on no endpoint was it sent anything");
}

function unlessBusy(
  made: Promise<TokenConnection>,
  { label }: Endpoint,
): Promise<TokenConnection | undefined> {
  return made.catch((error) => {
    if (error instanceof LinkError && error.reason === "busy") return undefined;
    return broken(
      `identify() has to recognise a token of the driver's own family on "${label}": ${error}`,
    );
  });
}
