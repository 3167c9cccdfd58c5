import { LinkError } from "@otpsmith/core/errors";
import type { Endpoint } from "@otpsmith/core/link";
import { createStation, type TokenConnection } from "@otpsmith/core/station";
import type { TokenDriver } from "@otpsmith/core/token";
import type { TraceEvent } from "@otpsmith/core/trace";
import { broken } from "../_check.ts";
import type { TokensUnderTest, TokenTruth, TokenUnderTest } from "../token/mod.ts";
import { changes, type Part } from "../token/with_tokens.ts";

/** A trace event, and what the token under test had changed when it came. */
export interface WatchedEvent extends TraceEvent {
  readonly changed: readonly Part[];
}

/** Opens the endpoint on which that token lies, with everything that is sent watched. */
export async function connectTo(
  token: TokenUnderTest,
  { driver, tokens }: { readonly driver: TokenDriver; readonly tokens: TokensUnderTest },
): Promise<{ readonly connection: TokenConnection; readonly events: readonly WatchedEvent[] }> {
  const events: WatchedEvent[] = [];
  let last: TokenTruth = token.truth();
  const trace = (event: TraceEvent): void => {
    const now = token.truth();
    events.push({ ...event, changed: changes(last, now) });
    last = now;
  };
  const station = createStation({ transports: [], drivers: [driver], trace });
  for (const endpoint of await tokens.transport.list()) {
    const connection = await unlessBusy(station.connect(endpoint), endpoint);
    if (!connection) continue;
    if (connection.token.identity.serial === token.serial) return { connection, events };
    await connection[Symbol.asyncDispose]();
  }
  return broken(
    `identify() has to read the serial number that the token has, ${token.serial}: no reader gave it`,
  );
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
