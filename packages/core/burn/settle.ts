import { LinkError, TokenError } from "../errors/mod.ts";
import type { CallOptions } from "../link/mod.ts";
import type { TimeSource } from "../time/mod.ts";
import type { BurnConnection } from "./run.ts";

/** Options of {@linkcode reopenSameToken}. */
export interface SettleOptions extends CallOptions {
  /** The token that is wanted back. */
  readonly serial: string;
  /** How long it is waited for, in milliseconds. */
  readonly withinMs: number;
  /** Measures the wait. */
  readonly time: TimeSource;
  /** Called once when the token is not there and is waited for. */
  readonly onWait?: (() => void) | undefined;
}

/** Between two looks: a person needs seconds, a reader that re-reads its card needs tenths. */
const RETRY_MS = 200;

/**
 * Opens a lost connection again and makes sure that the very same token answers.
 *
 * @throws {LinkError} `absent` when the token did not come back in time or another one did, `denied`,
 * `aborted`; always with delivery `not-sent`: nothing was written here.
 */
export async function reopenSameToken(
  connection: BurnConnection,
  options: SettleOptions,
): Promise<void> {
  const { serial, time, withinMs, signal, timeoutMs, onWait } = options;
  const until = time.now() + withinMs;
  for (let tries = 0;; tries++) {
    try {
      await connection.reopen({ signal, timeoutMs });
      const found = connection.token.identity.serial;
      if (found === serial) return;
      // Another token, or the right one badly read: both are put right by placing the right one.
      throw new LinkError("absent", `Cannot go on: the token on the reader is ${found}`, {
        delivery: "not-sent",
        next: `Place token ${serial} on the reader.`,
      });
    } catch (error) {
      const hopeless = error instanceof LinkError
        ? error.reason === "denied" || error.reason === "aborted"
        : !(error instanceof TokenError);
      if (hopeless) throw error;
      if (time.now() >= until) {
        throw new LinkError("absent", `Cannot reach token ${serial} again: ${reason(error)}`, {
          delivery: "not-sent",
          cause: error,
        });
      }
      if (tries === 0) onWait?.();
      try {
        await time.sleep(RETRY_MS, signal);
      } catch (cause) {
        throw new LinkError("aborted", `Cannot wait for token ${serial}: it was stopped`, {
          delivery: "not-sent",
          cause,
        });
      }
    }
  }
}

function reason(error: unknown): string {
  return (error as Error).message.replace(/^[^:]*: /, "");
}
