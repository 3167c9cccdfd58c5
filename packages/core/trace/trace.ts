/** One thing that happened on a link. Safe to print: secret bytes are already gone. */
export interface TraceEvent {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** Name of the command: "write seed". */
  readonly command: string;
  /** What the command changes in the token: `none`, `writes-seed` and so on. */
  readonly effect: string;
  /** `sent` a command, got an `answer`, or the exchange `failed`. */
  readonly what: "sent" | "answer" | "failed";
  /** The bytes in hexadecimal with secrets replaced, or the code of the error. */
  readonly text: string;
}

/** Receives trace events as they happen. Must not throw. */
export type TraceSink = (event: TraceEvent) => void;
