import type { SessionByKind } from "../command/open_session.ts";
import type { EndpointFacts } from "../link/endpoint.ts";
import type { CallOptions, LinkKind } from "../link/link.ts";
import type { TimeSource } from "../time/time_source.ts";
import type { Evidence, Token } from "./token.ts";
import type { TokenTraits } from "./traits.ts";

/** What a driver is given to recognise a token with. */
export interface DriverContext extends CallOptions {
  /** The clock that the token's is compared with. */
  readonly time: TimeSource;
  /**
   * What is known of where it is plugged in. A driver of a HID family looks here before it sends the first
   * report: what a stranger makes of it nobody knows.
   */
  readonly facts?: EndpointFacts | undefined;
}

/** A model in a driver's table, for lists and documents. */
export interface KnownModel {
  /** Name as it is sold. */
  readonly model: string;
  /** How a token of it is told from others: "serial number 8659632…". */
  readonly toldBy: string;
  /** What it can do. */
  readonly traits: TokenTraits;
  /** Where this was learned. */
  readonly source: string;
  /** What of it is assumed, or left out on purpose: a sentence for a person. */
  readonly remark?: string | undefined;
}

/** Something lies there, and it is not a token of the driver's family. */
export interface NotRecognised {
  /** Always `undefined`: tells it from a {@linkcode Token}. */
  readonly identity?: undefined;
  /** Why, for a diagnosis. */
  readonly reason: string;
}

/**
 * Knows one token family. A driver uses nothing but core's public entry points, so that it can live in a
 * package of its own. One that speaks over one kind of link is a `TokenDriver<"apdu">` and is asked only
 * with sessions of that kind.
 */
export interface TokenDriver<K extends LinkKind = LinkKind> {
  /** Short name, such as `token2_single`. */
  readonly name: string;
  /** The family, for a person. */
  readonly family: string;
  /** Which kind of link it speaks over. */
  readonly kind: K;
  /** How well it is known to work. */
  readonly evidence: Evidence;
  /**
   * Short name of what it speaks to, where keys offer several applications side by side: `oath`, `slots`. Two
   * drivers that reach one application over different links have the same.
   */
  readonly application?: string | undefined;
  /** The models that it knows. */
  readonly models?: readonly KnownModel[] | undefined;
  /**
   * Recognises a token with commands that change nothing and use up no tries.
   *
   * @throws {LinkError} If the conversation failed: that says nothing about the token.
   */
  identify(session: SessionByKind[K], context: DriverContext): Promise<Token | NotRecognised>;
}
