import { chmod, mkdir, open, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { join } from "node:path";
import type { BurnJournal, BurnPlan, JournalEntry } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/** Where the record of burns is kept: one JSON object a line, no seed in it. */
export function journalPath(env: NodeJS.ProcessEnv): string {
  const state = env["OTPSMITH_STATE_DIR"] ??
    join(env["XDG_STATE_HOME"] || join(homedir(), ".local", "state"), "otpsmith");
  return join(state, "journal.ndjson");
}

/** Appends to the record; a line is on disk before the step it announces is sent. */
export function journalFile(path: string): BurnJournal {
  return {
    append: async (entry: JournalEntry) => {
      try {
        await mkdir(join(path, ".."), { recursive: true, mode: 0o700 });
        const file = await open(path, "a", 0o600);
        try {
          await file.write(`${JSON.stringify(entry)}\n`);
          await file.sync();
        } finally {
          await file.close();
        }
        await chmod(path, 0o600);
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

/** What the record knows of a token: the settings it was last burned with, and how that ended. */
export interface LastBurn {
  readonly parameters: BurnPlan["parameters"];
  /** The last line of that burn; a burn that was cut off ends with a `begins`. */
  readonly last: JournalEntry;
}

/** Looks up the latest burn of a token. A damaged line is passed over: the record is for people. */
export async function lastBurn(path: string, serial: string): Promise<LastBurn | undefined> {
  const text = await readFile(path, "utf8").catch(() => "");
  let found: LastBurn | undefined;
  for (const line of text.split("\n")) {
    const entry = parse(line);
    if (entry?.serial !== serial) continue;
    if (entry.step === "burn" && entry.event === "begins" && entry.parameters) {
      found = { parameters: entry.parameters, last: entry };
    } else if (found?.last.plan === entry.plan) found = { ...found, last: entry };
  }
  return found;
}

function parse(line: string): JournalEntry | undefined {
  try {
    return JSON.parse(line) as JournalEntry;
  } catch {
    return undefined;
  }
}
