import { LinkError } from "@otpsmith/core/errors";
import type { CallOptions } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { later, within } from "../_check.ts";
import { ECHO } from "../echo/echo_card.ts";
import type { EchoLink } from "./echo_link.ts";
import { PATIENCE_MS } from "./_echo_commands.ts";
import { type TransportSetup, untilFree } from "./setup.ts";

/** How long the device takes: 250 ms do, unless the machine is busy with something else. */
const SLOW_MS = [250, 1000, 4000] as const;

/** A call that is under way for some time, and what a case has to have done by then. */
export interface Slow {
  /** An echo that takes its time. */
  echo(...data: readonly number[]): Uint8Array;
  /** A time limit that is over well before the echo is answered, in milliseconds. */
  readonly timeoutMs: number;
  /** Makes the call that is to be under way. */
  call(link: EchoLink, command: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
  /** The command has arrived by then, and has not been answered. Nothing tells when. */
  underWay(): Promise<void>;
  /** Fails the case unless the promise settles well before the echo would be answered. */
  before<T>(promise: Promise<T>, whatToChange: string): Promise<T>;
}

/**
 * Runs what needs a call that is under way. Where it fails and the device was quicker than the case (it
 * had answered, or given up, before the case was through), that says nothing about the transport: the
 * machine may have been busy. Then it is run again with a slower device, and the slowest one decides.
 */
export async function whileSlow(
  setup: TransportSetup,
  body: (slow: Slow) => Promise<void>,
): Promise<void> {
  for (const ms of SLOW_MS) {
    let tooLate = false;
    const notice = (): void => void (tooLate = true);
    const slow: Slow = {
      echo: (...data) => Uint8Array.of(0, ECHO.echoAfter, ms >> 8, ms & 0xff, data.length, ...data),
      timeoutMs: ms / 5,
      call: (link, command, options) => {
        const call = later(link.transceive(command, options));
        call.then(notice, (error) => {
          // A reader gave the device up before the call's own time limit.
          const lost = error instanceof LinkError && error.reason === "lost";
          if (lost && options?.timeoutMs !== undefined) notice();
        });
        return call;
      },
      underWay: () => systemTime.sleep(ms / 5),
      before: (promise, whatToChange) =>
        within(ms / 2, promise, whatToChange).catch((error) => {
          notice();
          throw error;
        }),
    };
    try {
      return await body(slow);
    } catch (error) {
      if (!tooLate || ms === SLOW_MS.at(-1)) throw error;
      await untilFree(setup, PATIENCE_MS).catch(() => {
        throw error;
      });
    }
  }
}
