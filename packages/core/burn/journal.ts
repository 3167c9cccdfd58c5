import type { Delivery } from "../errors/mod.ts";
import type { BurnPlan, SeedState, StepName } from "./plan.ts";

/** One line of the record of a burn. Holds no seed and nothing computed from one. */
export interface JournalEntry {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The plan's id. */
  readonly plan: string;
  /** The token's serial number. */
  readonly serial: string;
  /** Which step, or the whole work: a burn, or setting the clock. */
  readonly step: StepName | BurnPlan["work"];
  /** What happened. */
  readonly event: "begins" | "done" | "failed";
  /** On the first line: the settings that are written. Tokens do not tell them again. */
  readonly parameters?: BurnPlan["parameters"] | undefined;
  /** Code of the error. */
  readonly error?: string | undefined;
  /** Where the bytes were. */
  readonly delivery?: Delivery | undefined;
  /** What the token may hold now. */
  readonly holds?: readonly SeedState[] | undefined;
}

/** Where the record of a burn is kept. A line is on record before the step it announces is sent. */
export interface BurnJournal {
  /** Appends one line. A burn does not begin if its first line cannot be written. */
  append(entry: JournalEntry): Promise<void>;
}
