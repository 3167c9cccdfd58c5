import { LinkError } from "@otpsmith/core/errors";
import type { ApduLink, Endpoint, OpenOptions, Transport } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { broken, check } from "./_check.ts";

/** What the host of transport cases prepares for each of them. */
export interface TransportSetup {
  /** The transport to try: new, not used yet. */
  readonly transport: Transport;
  /** Id or label of the endpoint on which an {@linkcode EchoCard} lies. For the need `echo`. */
  readonly echo?: string | undefined;
  /** Id or label of an endpoint without a card. For the need `absent`. */
  readonly absent?: string | undefined;
  /**
   * Runs a program that is done with the transport, and disposes of nothing, in a process of its own,
   * without ending that process. Tells how it ended; `hung` if it had to be killed. For the need
   * `child`.
   */
  readonly child?: ((program: ChildProgram) => Promise<"ended" | "hung" | "failed">) | undefined;
  /** Takes away what was prepared. The transport is disposed of before. */
  dispose?(): Promise<void>;
}

/**
 * What a child does before it has nothing left to do: it lists; or opens the echo endpoint, exchanges
 * one command and disposes of the link; or takes one snapshot of a watch and leaves it.
 */
export type ChildProgram = "list" | "exchange" | "watch";

/** The endpoint with that id or label. */
export async function findEndpoint(
  transport: Transport,
  wanted: string | undefined,
): Promise<Endpoint<"apdu">> {
  check(wanted !== undefined, "setup() has to name the endpoint that this case needs");
  const endpoints = await transport.list();
  const found = endpoints.find(({ id, label }) => id === wanted || label === wanted);
  check(
    found !== undefined,
    `list() has to give the endpoint "${wanted}" (it gave: ${
      endpoints.map((e) => e.id).join(", ")
    })`,
  );
  check(found.kind === "apdu", "the endpoint of an echo card has to be of kind apdu");
  return found as Endpoint<"apdu">;
}

/** Opens the echo endpoint for the time of one function. */
export async function withEcho<T>(
  { transport, echo }: TransportSetup,
  use: (link: ApduLink) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const endpoint = await findEndpoint(transport, echo);
  const link = await endpoint.open(options);
  try {
    return await use(link);
  } finally {
    await link[Symbol.asyncDispose]();
  }
}

/** Waits until a token that a link has given up can be opened again: when it has answered after all. */
export async function untilFree({ transport, echo }: TransportSetup): Promise<void> {
  const endpoint = await findEndpoint(transport, echo);
  for (let tries = 0; tries < 300; tries++) {
    try {
      const link = await endpoint.open();
      return await link[Symbol.asyncDispose]();
    } catch (error) {
      if (!(error instanceof LinkError) || error.reason !== "busy") throw error;
      await systemTime.sleep(10);
    }
  }
  broken("a handle has to be given back when the call that held it returns, however late");
}
