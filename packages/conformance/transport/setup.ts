import { LinkError } from "@otpsmith/core/errors";
import type { ApduLink, Endpoint, LinkKind, OpenOptions, Transport } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import type { TokenDriver } from "@otpsmith/core/token";
import { broken, check, within } from "../_check.ts";
import type { ConformanceCase } from "../case.ts";
import { PATIENCE_MS } from "./_echo_commands.ts";
import { type EchoLink, openEcho } from "./echo_link.ts";

/** What the host of transport cases prepares for each of them. */
export interface TransportSetup {
  /** The transport to try: new, not used yet. */
  readonly transport: Transport;
  /**
   * Id or label of the endpoint on which an {@linkcode EchoCard} lies, or which is an
   * {@linkcode EchoHid}. For the need `echo`.
   */
  readonly echo?: string | undefined;
  /** Id or label of an endpoint without a card. For the need `absent`. */
  readonly absent?: string | undefined;
  /**
   * Ids or labels of endpoints that cannot be opened for a reason of their own: a port with another
   * device on it, one that the system denies. For the need `refuses`.
   */
  readonly refuses?: readonly string[] | undefined;
  /**
   * Runs a program that is done with the transport, and disposes of nothing, in a process of its own,
   * without ending that process. Tells how it ended; `hung` if it had to be killed. For the need
   * `child`.
   */
  readonly child?: ((program: ChildProgram) => Promise<"ended" | "hung" | "failed">) | undefined;
  /**
   * Hands at the reader or device of the endpoint `echo`; each resolves when it is done, not when it was
   * noticed, and does nothing where it is so already. For the needs `plug` and `card`.
   */
  readonly hands?: PlugHands | undefined;
  /**
   * Id or label of an endpoint that looks just like `echo` (same maker, same product, no serial number)
   * and has an echo device of its own. For the need `twin`.
   */
  readonly twin?: string | undefined;
  /** A token that may be read. For the need `token` (tier 3). */
  readonly token?: TokenToRead | undefined;
  /** A token that may be written. For the need `burn` (tier 4). */
  readonly burn?: TokenToBurn | undefined;
  /** Takes away what was prepared. The transport is disposed of before. */
  dispose?(): Promise<void>;
}

/** Somebody, or something, at the reader. */
export interface PlugHands {
  /** Plugs the reader or device in, or pulls it out. For the need `plug`. */
  plug?(present: boolean): Promise<void>;
  /** Lays the echo card on its reader, or takes it off. For the need `card`. */
  card?(present: boolean): Promise<void>;
}

/** A token that cases of tier 3 read. Nothing is written to it. */
export interface TokenToRead {
  /** Id or label of the endpoint it lies on. */
  readonly endpoint: string;
  /** The token families to ask for. */
  readonly drivers: readonly TokenDriver[];
}

/** A token that cases of tier 4 write: **its seed is lost**. */
export interface TokenToBurn extends TokenToRead {
  /** Serial number: nothing is written to any other token. */
  readonly serial: string;
  /**
   * Reads the display after the token was switched off and on: a person who types the code, or the virtual
   * token. For the need `display`.
   */
  readonly display?: (() => Promise<string>) | undefined;
  /** A second token, on a reader just like the first. For the need `twin-token`. */
  readonly twin?: Omit<TokenToBurn, "drivers" | "twin"> | undefined;
}

/**
 * What a child does before it has nothing left to do: it lists; or opens the echo endpoint, exchanges
 * one command and disposes of the link; or takes one snapshot of a watch and leaves it; or is asked
 * whether it can be used.
 */
export type ChildProgram = "probe" | "list" | "exchange" | "watch";

/** A case for transports. */
export interface TransportCase extends ConformanceCase<TransportSetup> {
  /** The kinds of link that it is about; all of them where left out. */
  readonly kinds?: readonly LinkKind[] | undefined;
}

/** What the transport lists, which may not take for ever. */
export function listed(transport: Transport): Promise<readonly Endpoint[]> {
  return within(PATIENCE_MS, transport.list(), "list() has to come to an end");
}

/** The endpoint with that id or label. */
export async function findEndpoint(
  transport: Transport,
  wanted: string | undefined,
): Promise<Endpoint> {
  check(wanted !== undefined, "setup() has to name the endpoint that this case needs");
  const endpoints = await listed(transport);
  const found = endpoints.find(({ id, label }) => id === wanted || label === wanted);
  check(
    found !== undefined,
    `list() has to give the endpoint "${wanted}" (it gave: ${
      endpoints.map((e) => e.id).join(", ")
    })`,
  );
  return found;
}

/** Opens the echo endpoint for the time of one function. */
export async function withEcho<T>(
  { transport, echo }: TransportSetup,
  use: (link: EchoLink) => Promise<T>,
  options: OpenOptions = {},
): Promise<T> {
  const link = await openEcho(await findEndpoint(transport, echo), options);
  try {
    return await use(link);
  } finally {
    await link[Symbol.asyncDispose]();
  }
}

/** As {@linkcode withEcho}, for what only links to cards have. */
export function withCard<T>(
  setup: TransportSetup,
  use: (link: ApduLink) => Promise<T>,
): Promise<T> {
  return withEcho(setup, ({ bare }) => {
    check(bare.kind === "apdu", "the endpoint of an echo card has to be of kind apdu");
    return use(bare as ApduLink);
  });
}

/** Waits until a token that a link has given up can be opened again: when it has answered after all. */
export async function untilFree(
  { transport, echo }: TransportSetup,
  patienceMs: number,
): Promise<void> {
  const until = systemTime.now() + patienceMs;
  for (;;) {
    // Looked up each time: whatever has reset the device may have made an endpoint of it anew.
    const endpoint = await findEndpoint(transport, echo);
    try {
      const link = await endpoint.open();
      return await link[Symbol.asyncDispose]();
    } catch (error) {
      const mayPass = error instanceof LinkError &&
        (error.reason === "busy" || error.reason === "absent");
      if (!mayPass) throw error;
      if (systemTime.now() > until) {
        broken(
          "a handle has to be given back when the call that held it returns, or some time after it was " +
            `given up (after ${patienceMs} ms the token cannot be opened: ${error.message})`,
        );
      }
      await systemTime.sleep(10);
    }
  }
}

/** Waits until the endpoints that are listed look as wanted; gives them. */
export async function untilListed(
  { transport }: TransportSetup,
  wanted: (endpoints: readonly Endpoint[]) => boolean,
  options: { readonly otherwise: string },
): Promise<readonly Endpoint[]> {
  const until = systemTime.now() + PATIENCE_MS;
  for (;;) {
    const endpoints = await listed(transport);
    if (wanted(endpoints)) return endpoints;
    if (systemTime.now() > until) broken(`${options.otherwise} (not within ${PATIENCE_MS} ms)`);
    await systemTime.sleep(10);
  }
}
