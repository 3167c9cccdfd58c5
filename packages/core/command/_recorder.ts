import { isProjectError } from "../errors/project_error.ts";
import { systemTime, type TimeSource } from "../time/time_source.ts";
import type { TraceEvent, TraceSink } from "../trace/trace.ts";
import type { CommandDefinition } from "./define_command.ts";
import type { SessionOptions } from "./session_options.ts";

/** Writes the trace of a session. */
export class Recorder {
  /** The clock of its events. */
  readonly time: TimeSource;
  readonly #trace: TraceSink | undefined;

  /** Writes to the sink of these options, if there is one. */
  constructor(options: SessionOptions) {
    this.#trace = options.trace;
    this.time = options.time ?? systemTime;
  }

  /** Notes what was sent or answered; `text` is asked for only where somebody wants it. */
  note(
    { name, effect }: CommandDefinition<unknown>,
    what: TraceEvent["what"],
    text: () => string,
  ): void {
    this.#trace?.({ at: this.time.now(), command: name, effect, what, text: text() });
  }

  /** Notes a failure by its code alone. */
  fail(command: CommandDefinition<unknown>, error: unknown): void {
    this.note(command, "failed", () => isProjectError(error) ? error.code : "error");
  }
}
