import { type ChildProcess, fork } from "node:child_process";
import { fileURLToPath } from "node:url";
import { systemTime } from "@otpsmith/core/time";
import type { FromWorker, ToWorker } from "./messages.ts";

/** What can happen to whoever waits for a worker. */
export type WorkerEvent =
  | FromWorker
  | { readonly is: "late" }
  | { readonly is: "gone"; readonly how: string };

const PROGRAM = fileURLToPath(new URL("./worker.js", import.meta.url));

/**
 * A process in which somebody else's transport is tried. Whatever that does, loop for ever, crash, or end
 * the process, happens there and can be told.
 */
export class WorkerProcess {
  readonly #child: ChildProcess;
  readonly #events: WorkerEvent[] = [];
  #wake = (): void => undefined;

  constructor() {
    // What a module prints is none of our output: it goes where progress goes.
    this.#child = fork(PROGRAM, [], { stdio: ["ignore", 2, 2, "ipc"] });
    this.#child.on("message", (message) => this.#push(message as FromWorker));
    this.#child.on("error", ({ message }) => this.#push({ is: "gone", how: message }));
    this.#child.on("close", (code, signal) => {
      this.#push({ is: "gone", how: signal ? `was ended by ${signal}` : `ended with ${code}` });
    });
  }

  /** The next thing it says; `late` after so many milliseconds without a word. */
  async next(patienceMs: number, signal: AbortSignal): Promise<WorkerEvent> {
    let late = false;
    const cancel = systemTime.alarm(patienceMs, () => {
      late = true;
      this.#wake();
    });
    const onAbort = (): void => this.#wake();
    signal.addEventListener("abort", onAbort);
    try {
      for (;;) {
        signal.throwIfAborted();
        const event = this.#events.shift();
        if (event) return event;
        if (late) return { is: "late" };
        await new Promise<void>((resolve) => this.#wake = resolve);
      }
    } finally {
      cancel();
      signal.removeEventListener("abort", onAbort);
    }
  }

  /** Tells it something; to one that has gone, nothing. */
  tell(message: ToWorker): void {
    if (this.#child.connected) this.#child.send(message, () => undefined);
  }

  /** Ends it, whatever it does. */
  end(): void {
    this.#child.kill("SIGKILL");
  }

  #push(event: WorkerEvent): void {
    this.#events.push(event);
    this.#wake();
  }
}
