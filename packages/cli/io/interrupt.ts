import process from "node:process";
import { systemTime, type TimeSource } from "@otpsmith/core/time";

/** Ctrl-C, in two strengths. */
export interface Interrupts {
  /** Fires at the first Ctrl-C: stop where stopping does no harm. */
  readonly signal: AbortSignal;
  /** Fires at a second Ctrl-C a second or more later: stop at once. */
  readonly abandon: AbortSignal;
  /** Takes the handlers off again. */
  release(): void;
}

/** Ends a program that a person or a system wants to end. None of them means "at any price". */
const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** A second Ctrl-C counts when somebody has had time to read what the first one did. */
const SECOND_THOUGHTS_MS = 1000;

/** Listens for the signals that end programs. `onFirst` may say what is going to happen. */
export function listenForInterrupts(
  onFirst: () => void,
  time: TimeSource = systemTime,
): Interrupts {
  const gentle = new AbortController();
  const hard = new AbortController();
  let first: number | undefined;
  const onSignal = (name: NodeJS.Signals): void => {
    if (first === undefined) {
      first = time.now();
      onFirst();
      gentle.abort();
    } else if (name === "SIGINT" && time.now() - first >= SECOND_THOUGHTS_MS) hard.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return {
    signal: gentle.signal,
    abandon: hard.signal,
    release: () => {
      for (const name of SIGNALS) process.off(name, onSignal);
    },
  };
}
