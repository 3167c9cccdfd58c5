/** For programs that `withVirtualBus` starts. */

/** Tells the test something: any JSON. */
export function tell(message: unknown): void {
  process.send!(message);
}

/** Waits for the next message of the test. */
export function hear(): Promise<unknown> {
  return new Promise((resolve) => {
    process.once("message", (message) => {
      process.channel!.unref(); // a program that waits for nothing ends by itself
      resolve(message);
    });
    process.channel!.ref();
  });
}
