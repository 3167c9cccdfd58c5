let hung = 0;

/**
 * Whether a native call is still out that its caller has given up: the card fell silent, or the
 * service did. Such a call cannot be cancelled, and Node waits for it even in `process.exit()`. A
 * program that has to end now writes out what it has to say and then sends itself SIGKILL.
 *
 * @example End a program for certain
 * ```ts
 * import { hasHungCalls } from "@otpsmith/transport-pcsc";
 *
 * if (hasHungCalls()) process.kill(process.pid, "SIGKILL");
 * ```
 */
export function hasHungCalls(): boolean {
  return hung > 0;
}

/** Counts a native call as hung from now until it settles after all. */
export function countAsHung(call: Promise<unknown>): void {
  hung++;
  const back = (): void => void hung--;
  call.then(back, back);
}
