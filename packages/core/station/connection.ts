import { openSession, type Session } from "../command/mod.ts";
import type { BurnConnection } from "../burn/mod.ts";
import { LinkError } from "../errors/mod.ts";
import type { CallOptions, Endpoint, Link } from "../link/mod.ts";
import type { TimeSource } from "../time/mod.ts";
import {
  identifyToken,
  listApplications,
  type Token,
  type TokenDriver,
  type TokenIdentity,
} from "../token/mod.ts";
import type { TraceSink } from "../trace/mod.ts";

/** What a connection needs besides its endpoint. */
export interface ConnectionOptions {
  /** The drivers to ask, in this order. */
  readonly drivers: readonly TokenDriver[];
  /** The clock that tokens are compared with. */
  readonly time: TimeSource;
  /** Receives every exchange, redacted. */
  readonly trace?: TraceSink | undefined;
  /** Which application of a key that has several; the first that a driver knows unless given. */
  readonly application?: string | undefined;
}

/** An open link with a recognised token at its end. Made by a station. */
export class TokenConnection implements BurnConnection, AsyncDisposable {
  /** Where the token lies. */
  readonly endpoint: Endpoint;
  readonly #options: ConnectionOptions;
  #link: Link | undefined;
  #session: Session | undefined;
  #token: Token | undefined;

  /** Prepares a connection; {@linkcode TokenConnection.reopen} makes it. */
  constructor(endpoint: Endpoint, options: ConnectionOptions) {
    this.endpoint = endpoint;
    this.#options = options;
  }

  /**
   * The recognised token.
   *
   * @throws {TypeError} Before the connection was made and after it was closed.
   */
  get token(): Token {
    if (!this.#token) throw new TypeError("Cannot use token: the connection is not open");
    return this.#token;
  }

  /** Opens the endpoint, or opens it again, and recognises what lies there. */
  async reopen(options: CallOptions = {}): Promise<void> {
    await this.#close();
    const { endpoint } = this;
    const { drivers } = this.#options;
    if (!drivers.some(({ kind }) => kind === endpoint.kind)) {
      throw new LinkError(
        "unsupported",
        `Cannot open "${endpoint.label}": no driver speaks over it`,
        { delivery: "not-sent" },
      );
    }
    const link = await endpoint.open({ ...options, share: "exclusive" });
    try {
      const session = openSession(link, this.#options);
      const { facts } = endpoint;
      this.#token = await identifyToken(session, { ...this.#options, ...options, facts });
      this.#session = session;
      this.#link = link;
    } catch (error) {
      await link[Symbol.asyncDispose]();
      throw error;
    }
  }

  /**
   * All applications that answer at the same link, in the order of the drivers. The token is not there any
   * more afterwards: {@linkcode TokenConnection.reopen} brings it back.
   */
  async applications(options: CallOptions = {}): Promise<readonly TokenIdentity[]> {
    const session = this.#session;
    if (!session) throw new TypeError("Cannot list applications: the connection is not open");
    this.#token = undefined; // another application will be selected
    const { facts } = this.endpoint;
    return await listApplications(session, { ...this.#options, ...options, facts });
  }

  /** Closes the link. Closing twice is fine. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#close();
  }

  async #close(): Promise<void> {
    const link = this.#link;
    this.#link = undefined;
    this.#session = undefined;
    this.#token = undefined;
    await link?.[Symbol.asyncDispose]();
  }
}
