import { closeSync, fsyncSync, mkdirSync, openSync, writeFileSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import { type BurnJournal, type BurnPlan, describeHolds, type JournalEntry } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/**
 * Where the record of burns is kept: one JSON object a line, no seed in it. Simulated tokens have a
 * record of their own, for a real token may have the serial number of one of them.
 */
export function journalPath(
  env: NodeJS.ProcessEnv,
  options: { readonly simulated: boolean },
): string {
  const state = env["OTPSMITH_STATE_DIR"] ||
    join(env["XDG_STATE_HOME"] || join(home(env), ".local", "state"), "otpsmith");
  return join(state, options.simulated ? "simulated.ndjson" : "journal.ndjson");
}

/** A user without a home and without an entry in the system's list has to name a place, and is told so. */
function home(env: NodeJS.ProcessEnv): string {
  try {
    return env["HOME"] || homedir();
  } catch {
    return "/dev/null";
  }
}

/** Appends to the record; a line is on disk before the step it announces is sent. */
export function journalFile(path: string): BurnJournal {
  return {
    append: async (entry: JournalEntry) => {
      try {
        // At once: five turns of the thread pool take several times as long as a line does.
        mkdirSync(join(path, ".."), { recursive: true, mode: 0o700 });
        const file = openSync(path, "a", 0o600);
        try {
          writeFileSync(file, `${JSON.stringify(entry)}\n`);
          fsyncSync(file);
        } finally {
          closeSync(file);
        }
      } catch (cause) {
        throw new CliError(`Cannot keep the record of burns: ${path} cannot be written`, {
          code: "journal/unwritable",
          exit: EXIT.refused,
          next: "Make the folder writable, or name another one in OTPSMITH_STATE_DIR.",
          cause,
        });
      }
    },
  };
}

/** What the record knows of a token. */
export interface TokenRecord {
  /** The settings that were last written to it, which it does not tell. */
  readonly settings?: BurnPlan["parameters"] | undefined;
  /** The last line about a work that wrote something and did not come to its end. */
  readonly unfinished?: JournalEntry | undefined;
}

/**
 * Looks a token up. A damaged line is passed over: the record is for people. Applications of one key have
 * one serial number, so the driver counts, too; early records do not name it.
 */
export async function readRecord(
  path: string,
  { serial, driver }: { readonly serial: string; readonly driver: string },
): Promise<TokenRecord> {
  const text = await readFile(path, "utf8").catch(() => "");
  let { settings, unfinished }: TokenRecord = {};
  /** The work that is being read, and what was unfinished before it. */
  let work: { readonly begins: JournalEntry; wrote: boolean } | undefined;
  let before: JournalEntry | undefined;
  for (const line of text.split("\n")) {
    const entry = parse(line);
    if (entry?.serial !== serial || (entry.driver ?? driver) !== driver) continue;
    if (entry.step === "burn" || entry.step === "set-clock" || entry.step === "erase") {
      if (entry.event === "begins") {
        work = { begins: entry, wrote: false };
        before = unfinished;
      } else if (entry.event === "done") unfinished = undefined;
      // Refused, or never sent: what the token held before, it holds still.
      else unfinished = work?.wrote || !leftAlone(entry) ? entry : before;
    } else if (entry.step !== "authenticate") {
      unfinished = entry; // it may have been cut off here
      if (work && entry.event === "done") work.wrote = true;
      const isSettings = entry.step === "write-configuration" && entry.event === "done";
      if (isSettings) settings = work?.begins.parameters ?? settings;
    }
  }
  return { settings, unfinished };
}

/** What a work that was cut off has left, in words; `null` where none was. */
export function cutOffWords({ unfinished }: TokenRecord): string | null {
  if (!unfinished) return null;
  const holds = describeHolds(unfinished.holds ?? ["old-seed", "no-seed", "new-seed"]);
  return `The last burn of this token from this computer was cut off. ${holds}: burn it again.`;
}

/** Records from before the status was kept tell it by what the token holds. */
function leftAlone({ status, holds }: JournalEntry): boolean {
  return status ? status === "stopped" : holds?.join() === "old-seed";
}

function parse(line: string): JournalEntry | undefined {
  try {
    const entry = JSON.parse(line) as Partial<JournalEntry> | null;
    const whole = typeof entry?.serial === "string" && typeof entry.step === "string" &&
      (entry.holds === undefined || Array.isArray(entry.holds));
    return whole ? entry as JournalEntry : undefined;
  } catch {
    return undefined;
  }
}
