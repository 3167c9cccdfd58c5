import { isProjectError, type ProjectError } from "../errors/mod.ts";
import type { CallOptions, Endpoint, Obstacle, Transport, Usable } from "../link/mod.ts";
import { systemTime, type TimeSource } from "../time/mod.ts";
import type { TokenDriver } from "../token/mod.ts";
import type { TraceSink } from "../trace/mod.ts";
import { TokenConnection } from "./connection.ts";

/** What a station is put together from. Nothing is found by itself: every part is named here. */
export interface StationOptions {
  /** Ways to reach tokens. The station closes them with itself. */
  readonly transports: readonly Transport[];
  /** Token families, in the order in which they are asked. */
  readonly drivers: readonly TokenDriver[];
  /** The clock that tokens are compared with. */
  readonly time?: TimeSource | undefined;
  /** Receives every exchange, redacted. */
  readonly trace?: TraceSink | undefined;
}

/** What a transport says about itself. */
export interface TransportState {
  /** Its name. */
  readonly transport: string;
  /** Whether it can be used, and if not, what to do. */
  readonly state: Usable | Obstacle;
}

/** Options of connecting to what lies at an endpoint. */
export interface ConnectOptions extends CallOptions {
  /** Which application of a key that has several; the first that a driver knows unless given. */
  readonly application?: string | undefined;
}

/** An endpoint with what was found on it. */
export interface Survey {
  /** Where. */
  readonly endpoint: Endpoint;
  /** The open connection, if a token was recognised. The caller closes it. */
  readonly connection?: TokenConnection | undefined;
  /** Why there is none. */
  readonly error?: ProjectError | undefined;
}

/** Transports and drivers put together: the one place to ask for tokens. */
export interface Station extends AsyncDisposable {
  /** Whether each transport can be used here and now. */
  probe(options?: CallOptions): Promise<readonly TransportState[]>;
  /**
   * Everything that is plugged in, over all transports; nothing is opened. A transport that cannot be
   * used contributes nothing: {@linkcode Station.probe} says why.
   */
  endpoints(options?: CallOptions): Promise<readonly Endpoint[]>;
  /**
   * Opens one endpoint and recognises the token.
   *
   * @throws {LinkError} If it cannot be opened or does not answer.
   * @throws {TokenError} `unsupported` if no driver knows what lies there.
   */
  connect(endpoint: Endpoint, options?: ConnectOptions): Promise<TokenConnection>;
  /**
   * Tries every endpoint, one after the other. A failure belongs to its endpoint and stops nothing.
   * Connections stay open until the caller closes them.
   */
  survey(endpoints: readonly Endpoint[], options?: ConnectOptions): Promise<readonly Survey[]>;
}

/**
 * Puts transports and drivers together.
 *
 * @example A station with nothing plugged in
 * ```ts
 * import { createStation } from "@otpsmith/core";
 *
 * const station = createStation({ transports: [], drivers: [] });
 * if ((await station.endpoints()).length !== 0) throw new Error("unexpected");
 * await station[Symbol.asyncDispose]();
 * ```
 */
export function createStation(options: StationOptions): Station {
  const { transports, drivers, time = systemTime, trace } = options;
  const connect = async (
    endpoint: Endpoint,
    { application, ...call }: ConnectOptions = {},
  ): Promise<TokenConnection> => {
    const connection = new TokenConnection(endpoint, { drivers, time, trace, application });
    await connection.reopen(call);
    return connection;
  };
  return {
    connect,
    probe: (call) =>
      Promise.all(
        transports.map(async (transport) => ({
          transport: transport.name,
          state: await transport.probe(call),
        })),
      ),
    endpoints: async (call) => {
      call?.signal?.throwIfAborted();
      const lists = await Promise.all(
        transports.map((transport) => transport.list(call).catch(() => [])),
      );
      call?.signal?.throwIfAborted(); // nothing found because nobody looked on
      return lists.flat();
    },
    survey: async (endpoints, call) => {
      const found: Survey[] = [];
      for (const endpoint of endpoints) {
        call?.signal?.throwIfAborted();
        try {
          found.push({ endpoint, connection: await connect(endpoint, call) });
        } catch (error) {
          if (!isProjectError(error)) throw error;
          found.push({ endpoint, error });
        }
      }
      return found;
    },
    [Symbol.asyncDispose]: async () => {
      await Promise.all(transports.map((transport) => transport[Symbol.asyncDispose]()));
    },
  };
}
