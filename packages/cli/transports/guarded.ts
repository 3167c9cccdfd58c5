import { isProjectError } from "@otpsmith/core/errors";
import type { Obstacle, Transport, Usable } from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";

/** Longer than any system takes to say what is plugged in. */
const PATIENCE_MS = 10_000;

/** Options of {@linkcode guarded}. */
export interface GuardOptions {
  readonly patienceMs?: number | undefined;
  readonly time?: TimeSource | undefined;
}

/**
 * A transport out of a module, kept from stopping the command for ever: what does not answer in time, or
 * throws what it should have described, becomes an obstacle that says so.
 */
export function guarded(transport: Transport, options: GuardOptions = {}): Transport {
  const { patienceMs = PATIENCE_MS, time = systemTime } = options;
  const { name, kinds } = transport;
  const inTime = async <T>(method: string, work: () => PromiseLike<T>): Promise<T> => {
    let cancel = (): void => undefined;
    const late = new Promise<never>((_, reject) => {
      cancel = time.alarm(patienceMs, () => reject(new LateError(method, patienceMs)));
    });
    try {
      return await Promise.race([work(), late]);
    } finally {
      cancel();
    }
  };
  return {
    name,
    kinds,
    list: (call) => inTime("list()", () => transport.list(call)),
    probe: async (call): Promise<Usable | Obstacle> => {
      try {
        const state = await inTime("probe()", () => transport.probe(call));
        // Whoever asks next finds nothing if this fails, and would not know why.
        if (state.usable) await inTime("list()", () => transport.list(call));
        return state;
      } catch (error) {
        return describeFailure(error, name);
      }
    },
    watch: (call) => transport.watch(call),
    [Symbol.asyncDispose]: () =>
      inTime("disposing", () => transport[Symbol.asyncDispose]()).catch(() => undefined),
  };
}

class LateError extends Error {
  constructor(method: string, patienceMs: number) {
    super(`${method} did not answer within ${patienceMs / 1000} s`);
  }
}

function describeFailure(error: unknown, name: string): Obstacle {
  if (isProjectError(error)) {
    const { message, next = "Try again." } = error;
    return { usable: false, code: "failed", message, fix: next };
  }
  const state = error instanceof LateError
    ? error.message
    : `it throws ${error instanceof Error ? `${error.name}: ${error.message}` : String(error)}`;
  return {
    usable: false,
    code: "failed",
    message: `Cannot use transport "${name}": ${state}`,
    fix: "Its author finds the reason with: otpsmith conformance --transport MODULE",
  };
}
