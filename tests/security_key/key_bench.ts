import {
  type BurnPlan,
  type BurnPolicy,
  type BurnRequest,
  createStation,
  planBurnAll,
  readSlots,
  type RefusedPlan,
  Secret,
  type Station,
  systemTime,
  type TimeSource,
  type TokenConnection,
  type TokenDriver,
  type TraceEvent,
} from "@otpsmith/core";
import {
  createVirtualToken,
  memoryFlash,
  memoryTransport,
  type VirtualToken,
  type VirtualTokenOptions,
} from "@otpsmith/simulator";

/** The seed of RFC 6238. */
export const SEED: Uint8Array = new TextEncoder().encode("12345678901234567890");

/** A simulated key on a reader, and a connection to it. */
export interface KeyBench extends AsyncDisposable {
  readonly station: Station;
  readonly connection: TokenConnection;
  readonly token: VirtualToken;
  /** What was sent and answered, as it is traced. */
  readonly trace: readonly TraceEvent[];
  /** What its memory holds. */
  memory(): Record<string, unknown>;
}

/** Options of {@linkcode openKey}. */
export interface KeyOptions extends VirtualTokenOptions {
  readonly drivers: readonly TokenDriver[];
  /** The clock that measures how long the reader waits for an answer. */
  readonly readerTime?: TimeSource;
  /** The clock of the station; the token's is `time`. */
  readonly stationTime?: TimeSource;
}

/** Makes a key and connects to it. */
export async function openKey(
  { drivers, readerTime, stationTime, ...options }: KeyOptions,
): Promise<KeyBench> {
  const storage = options.storage ?? memoryFlash();
  const token = createVirtualToken({ ...options, storage });
  const trace: TraceEvent[] = [];
  const station = createStation({
    transports: [
      memoryTransport({ readers: [{ name: "Reader", token }], time: readerTime }),
    ],
    drivers,
    time: stationTime,
    trace: (event) => trace.push(event),
  });
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!);
  return {
    station,
    connection,
    token,
    trace,
    memory: () =>
      storage.read()!.cells!.use((bytes) =>
        JSON.parse(new TextDecoder().decode(bytes)) as Record<string, unknown>
      ),
    [Symbol.asyncDispose]: async () => {
      token.faults.release();
      await connection[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}

/** A wish with the usual settings. */
export function request(
  changes: Partial<Omit<BurnRequest, "seed">> & { seed?: Uint8Array } = {},
): BurnRequest {
  const { seed = SEED, ...rest } = changes;
  return {
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    syncClock: true,
    title: "Acme:alice",
    ...rest,
    seed: Secret.copyOf(seed),
  };
}

/** Reads what a plan has to know, and plans. */
export async function plan(
  { connection: { token } }: Pick<KeyBench, "connection">,
  requests: readonly BurnRequest[],
  policy: Partial<BurnPolicy> = {},
): Promise<BurnPlan | RefusedPlan> {
  const slots = await readSlots(token, requests);
  return planBurnAll({ token, requests, slots, policy: { now: systemTime.now(), ...policy } });
}

/** Plans, and expects no refusal. */
export async function agreedPlan(...args: Parameters<typeof plan>): Promise<BurnPlan> {
  const made = await plan(...args);
  if (!made.ok) throw new Error(made.refusals.map(({ message }) => message).join());
  return made;
}

/** Codes of the reasons against a plan. */
export async function refusals(...args: Parameters<typeof plan>): Promise<readonly string[]> {
  const made = await plan(...args);
  return made.ok ? [] : made.refusals.map(({ code }) => code);
}
