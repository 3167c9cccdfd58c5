import {
  type BurnOutcome,
  createStation,
  isProjectError,
  planBurn,
  Secret,
  type SeedState,
  systemTime,
} from "@otpsmith/core";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { runPlan } from "@otpsmith/core/burn";
import {
  createVirtualToken,
  type Fault,
  memoryFlash,
  memoryTransport,
  type VirtualToken,
} from "@otpsmith/simulator";

const OLD = Uint8Array.from({ length: 20 }, (_, i) => 0x40 + i);
const NEW = Uint8Array.from({ length: 32 }, (_, i) => 0xa0 + i);

/** One burn with one fault, and what is true afterwards. */
export interface SweepResult {
  readonly model: string;
  readonly fault: string;
  /** `not-begun`: the token was not recognised, nothing was planned. */
  readonly status: BurnOutcome["status"] | "not-begun";
  readonly holds: readonly SeedState[];
  /** What the token's storage really holds. */
  readonly truth: SeedState;
  /** Whether its clock, hash and time step are what they were. */
  readonly untouched: boolean;
  /** How many commands the token has seen. */
  readonly exchanges: number;
  /** Whether the fault struck at all. */
  readonly struck: boolean;
}

/** Burns a seed into a token that holds another one, with one fault on the way. */
export async function burnWithFault(model: string, fault: Fault | undefined): Promise<SweepResult> {
  const storage = memoryFlash();
  const token = createVirtualToken({ model, storage, seed: Secret.copyOf(OLD) });
  if (fault) token.faults.schedule(fault);
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Reader", token }], readerTimeoutMs: 30 })],
    drivers: [token2Single()],
  });
  const before = storage.read()!;
  const truth = (): SeedState => {
    const seed = storage.read()!.stored.seed;
    if (!seed || seed.length === 0) return "no-seed";
    if (seed.equals(Secret.copyOf(OLD))) return "old-seed";
    if (seed.equals(Secret.copyOf(NEW))) return "new-seed";
    throw new Error("the token holds a seed that nobody gave it");
  };
  try {
    const { status, holds } = await burn(station, token);
    return {
      model,
      fault: describe(fault),
      status,
      holds,
      truth: truth(),
      untouched: JSON.stringify(storage.read()!.stored) === JSON.stringify(before.stored) &&
        JSON.stringify(storage.read()!.clock) === JSON.stringify(before.clock),
      exchanges: token.faults.exchanges,
      struck: token.faults.struck.length > 0,
    };
  } finally {
    token.faults.release();
    await station[Symbol.asyncDispose]();
  }
}

async function burn(
  station: ReturnType<typeof createStation>,
  token: VirtualToken,
): Promise<Pick<SweepResult, "status" | "holds">> {
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!).catch((error: unknown) => {
    if (!isProjectError(error)) throw error;
    return undefined;
  });
  if (!connection) return { status: "not-begun", holds: ["old-seed"] };
  try {
    if (connection.token.identity.serial !== token.serial) throw new Error("wrong serial number");
    const plan = planBurn({
      token: connection.token,
      request: {
        seed: Secret.copyOf(NEW),
        algorithm: "SHA256",
        digits: 6,
        period: 60,
        syncClock: true,
      },
      policy: { now: systemTime.now() },
    });
    if (!plan.ok) return { status: "not-begun", holds: ["old-seed"] };
    return await runPlan(connection, plan, { timeoutMs: 100, reopenWithinMs: 60 });
  } finally {
    await connection[Symbol.asyncDispose]();
  }
}

/** Exchanges of a burn: info, challenge, answer, settings, seed. */
export const EXCHANGES = 5;

/** Every fault at every exchange. */
export function allFaults(): readonly Fault[] {
  const faults: Fault[] = [];
  for (let at = 1; at <= EXCHANGES; at++) {
    for (const returns of [true, false]) {
      faults.push({ kind: "lose-before", at, returns }, { kind: "lose-after", at, returns });
    }
    faults.push(
      { kind: "garble", at },
      { kind: "garble", at, answer: Uint8Array.of(0x90) },
      { kind: "garble", at, answer: Uint8Array.of() },
      { kind: "garble", at, answer: Uint8Array.of(0x6f, 0x00) },
      { kind: "hang", at },
      { kind: "delay", at, milliseconds: 5 },
    );
    for (const status of [0x6983, 0x6a80, 0x6700, 0x6d00, 0x6e00, 0x6f00, 0x6581]) {
      faults.push({ kind: "refuse", at, status });
    }
    for (let steps = 0; steps <= 4; steps++) faults.push({ kind: "torn-write", at, steps });
  }
  return faults;
}

function describe(fault: Fault | undefined): string {
  if (!fault) return "none";
  const { kind, at, when: _, ...rest } = fault;
  const details = Object.entries(rest).map(([name, value]) =>
    `${name} ${typeof value === "number" && name === "status" ? value.toString(16) : String(value)}`
  );
  return `${kind} at ${at}${details.length > 0 ? ` (${details.join(", ")})` : ""}`;
}
