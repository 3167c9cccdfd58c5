import { systemTime } from "@otpsmith/core";

/** A code that was read, and a moment of the time step in which it was. */
export interface ReadCode<Code> {
  readonly code: Code;
  /** In milliseconds since 1970. */
  readonly shownAt: number;
}

/**
 * Reads a code so that it is known for which time step: where the next one began meanwhile, it is read
 * again. Otherwise a slow machine would make of it a clock that is off.
 */
export async function inOneStep<Code>(
  period: number,
  read: () => Code | Promise<Code>,
): Promise<ReadCode<Code>> {
  for (let tries = 1;; tries++) {
    const shownAt = systemTime.now();
    const code = await read();
    const step = (now: number): number => Math.floor(now / 1000 / period);
    if (step(shownAt) === step(systemTime.now()) || tries === MAX_READS) return { code, shownAt };
  }
}

/** Whoever needs longer than a time step for one code is not helped by trying. */
const MAX_READS = 3;
