import type { Delivery } from "../errors/mod.ts";
import type { BurnPlan, SeedState, StepName } from "./burn_plan.ts";

/** One line of the record of a burn. Holds no seed and nothing computed from one. */
export interface JournalEntry {
  /** When, in milliseconds since 1970. */
  readonly at: number;
  /** The plan's id. */
  readonly plan: string;
  /** The token's serial number. */
  readonly serial: string;
  /** The driver that recognised it: applications of one key have one serial number. */
  readonly driver?: string | undefined;
  /** Which step, or the whole work: a burn, setting the clock, erasing slots. */
  readonly step: StepName | BurnPlan["work"];
  /** The slot that the step is for, on tokens with several. */
  readonly slot?: number | undefined;
  /** What happened. */
  readonly event: "begins" | "done" | "failed";
  /** On the first line: the settings that are written first. Tokens do not tell them again. */
  readonly parameters?: BurnPlan["parameters"] | undefined;
  /** On the last line of a work that failed: whether something was written. */
  readonly status?: "stopped" | "needs-person" | undefined;
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
