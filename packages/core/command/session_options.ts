import type { TimeSource } from "../time/time_source.ts";
import type { TraceSink } from "../trace/trace.ts";

/** Options of every session. */
export interface SessionOptions {
  /** Receives every exchange, redacted. */
  readonly trace?: TraceSink | undefined;
  /** The clock of trace events, and of those who wait between two reports. */
  readonly time?: TimeSource | undefined;
}
