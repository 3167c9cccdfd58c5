import { isProjectError } from "@otpsmith/core/errors";
import type { ApduLink, Endpoint } from "@otpsmith/core/link";
import { createStation, type TokenConnection } from "@otpsmith/core/station";
import type { TraceEvent } from "@otpsmith/core/trace";
import { broken, check } from "../_check.ts";
import { findEndpoint, type TokenToRead, type TransportSetup } from "./setup.ts";

/** A token that was recognised, with all that went over its link. */
export interface ReadToken {
  readonly connection: TokenConnection;
  /** What the session says that it sent. */
  readonly events: readonly TraceEvent[];
  /** How many commands really went over the link, where it is one to a card. */
  readonly exchanges: () => number | undefined;
}

/** Recognises what lies on the endpoint, for the time of one function. */
export async function withToken<T>(
  { transport }: TransportSetup,
  token: TokenToRead | undefined,
  use: (token: ReadToken) => Promise<T>,
): Promise<T> {
  check(token !== undefined, "setup() has to name the token that this case needs");
  const events: TraceEvent[] = [];
  const trace = (event: TraceEvent): void => void events.push(event);
  const station = createStation({ transports: [], drivers: token.drivers, trace });
  const { endpoint, exchanges } = counted(await findEndpoint(transport, token.endpoint));
  const connection = await station.connect(endpoint).catch((error) => {
    if (!isProjectError(error)) throw error;
    return broken(`the token on "${endpoint.label}" has to be recognised: ${error.message}`);
  });
  try {
    return await use({ connection, events, exchanges });
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

/** The endpoint, with the commands counted that go over its links. */
function counted(
  endpoint: Endpoint,
): { readonly endpoint: Endpoint; readonly exchanges: () => number | undefined } {
  let count = 0;
  const countOn = (link: ApduLink): ApduLink => ({
    kind: link.kind,
    medium: link.medium,
    limits: link.limits,
    closed: link.closed,
    transceive: (command, options) => {
      count++;
      return link.transceive(command, options);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  });
  return {
    endpoint: {
      ...endpoint,
      open: async (options) => {
        const link = await endpoint.open(options);
        return link.kind === "apdu" ? countOn(link) : link;
      },
    },
    exchanges: () => endpoint.kind === "apdu" ? count : undefined,
  };
}
