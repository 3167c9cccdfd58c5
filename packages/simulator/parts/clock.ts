/**
 * A token's clock: what it was set to, when, and how fast its crystal runs. The time it shows is
 * computed from this and never stored, so a token "runs" while no process looks at it.
 */
export interface ClockState {
  /** What it was set to: seconds since 1970, UTC, 32 bits. */
  readonly seconds: number;
  /** When it was set, in milliseconds of the host's time source. */
  readonly setAt: number;
  /** Drift of the crystal in parts per million; positive runs fast. 20 is a common watch crystal. */
  readonly ppm: number;
}

/**
 * The seconds a clock shows when the host's time source shows `now` milliseconds. The counter has 32
 * bits and wraps in 2106, as the register does that the open firmware counts with
 * (token2/openT2OTP@612317a, TIMESYNC.md).
 *
 * @example A fast crystal gains 1.728 seconds in a day
 * ```ts
 * import { clockSeconds } from "@otpsmith/simulator";
 *
 * const clock = { seconds: 1_700_000_000, setAt: 0, ppm: 20 };
 * if (clockSeconds(clock, 86_400_000) !== 1_700_000_000 + 86_401) throw new Error("unexpected");
 * ```
 */
export function clockSeconds(clock: ClockState, now: number): number {
  const elapsed = (now - clock.setAt) * (1 + clock.ppm / 1_000_000);
  const seconds = clock.seconds + Math.floor(elapsed / 1000);
  return ((seconds % 2 ** 32) + 2 ** 32) % 2 ** 32;
}

/**
 * The same clock set to `seconds` when the host's time source shows `now`; the crystal stays as good or
 * bad as it was.
 *
 * @example Set a clock
 * ```ts
 * import { clockSeconds, setClock } from "@otpsmith/simulator";
 *
 * const clock = setClock({ seconds: 0, setAt: 0, ppm: 0 }, { seconds: 1_700_000_000, now: 5000 });
 * if (clockSeconds(clock, 6000) !== 1_700_000_001) throw new Error("unexpected");
 * ```
 */
export function setClock(
  clock: ClockState,
  to: { readonly seconds: number; readonly now: number },
): ClockState {
  return { seconds: to.seconds >>> 0, setAt: to.now, ppm: clock.ppm };
}
