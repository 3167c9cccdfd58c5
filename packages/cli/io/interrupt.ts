/** Ctrl-C, in two strengths. */
export interface Interrupts {
  /** Fires at the first Ctrl-C: stop where stopping does no harm. */
  readonly signal: AbortSignal;
  /** Fires at the second one: stop at once. */
  readonly abandon: AbortSignal;
  /** Takes the handlers off again. */
  release(): void;
}

const SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

/** Listens for the signals that end programs. `onFirst` may say what is going to happen. */
export function listenForInterrupts(onFirst: () => void): Interrupts {
  const gentle = new AbortController();
  const hard = new AbortController();
  const onSignal = (): void => {
    if (gentle.signal.aborted) return hard.abort();
    onFirst();
    gentle.abort();
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
