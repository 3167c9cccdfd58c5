import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BurnPlan, JournalEntry } from "@otpsmith/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { journalFile, journalPath, readRecord } from "./journal_file.ts";

const TOKEN = { serial: "86596320000001", driver: "oath" };

let folder: string;
let path: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  path = join(folder, "new", "journal.ndjson");
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const parameters: BurnPlan["parameters"] = {
  algorithm: "SHA256",
  digits: 6,
  period: 60,
  displayOffSeconds: 30,
};
const line = (changes: Partial<JournalEntry>): JournalEntry => ({
  at: 1,
  plan: "A",
  serial: "86596320000001",
  step: "burn",
  event: "begins",
  ...changes,
});

test("lines are appended, and nobody else may read them", async () => {
  const journal = journalFile(path);
  await journal.append(line({ parameters }));
  await journal.append(line({ event: "done" }));
  const lines = (await readFile(path, "utf8")).trimEnd().split("\n").map((text) =>
    JSON.parse(text)
  );
  expect(lines).toEqual([line({ parameters }), line({ event: "done" })]);
  expect((await stat(path)).mode & 0o777).toBe(0o600);
});

test("a place that cannot be written is refused with the way out", async () => {
  await writeFile(join(folder, "new"), "a file where a folder should be");
  await expect(journalFile(path).append(line({}))).rejects.toMatchObject({
    code: "journal/unwritable",
    exit: 3,
    next: expect.stringContaining("OTPSMITH_STATE_DIR") as string,
  });
  await chmod(folder, 0o700);
});

test.each([
  [{ OTPSMITH_STATE_DIR: "/a" }, "/a/journal.ndjson"],
  [{ XDG_STATE_HOME: "/b" }, "/b/otpsmith/journal.ndjson"],
])("the place for %o is %s", (env, wanted) => {
  expect(journalPath(env, { simulated: false })).toBe(wanted);
});

test("simulated tokens have a record of their own", () => {
  expect(journalPath({ OTPSMITH_STATE_DIR: "/a" }, { simulated: true })).toBe(
    "/a/simulated.ndjson",
  );
});

describe("what the record knows of a token", () => {
  const half = { ...parameters, period: 30 };
  const config = { step: "write-configuration" } as const;
  const seed = { step: "write-seed" } as const;

  async function recordOf(lines: readonly (Partial<JournalEntry> | string)[]): Promise<{
    period: number | undefined;
    unfinished: string | undefined;
  }> {
    const journal = journalFile(path);
    for (const entry of lines) {
      if (typeof entry === "string") await appendFile(path, entry);
      else await journal.append(line(entry));
    }
    const { settings, unfinished } = await readRecord(path, TOKEN);
    return { period: settings?.period, unfinished: unfinished?.step };
  }

  test("the settings that were last written; other tokens and damaged lines are passed over", async () => {
    expect(
      await recordOf([
        { parameters: half },
        { ...config, event: "done" },
        { event: "done" },
        { parameters },
        { ...config, event: "done" },
        "{half a li\n\n",
        { serial: "86596320000002", parameters: half },
        { serial: "86596320000002", ...config, event: "done" },
        { event: "done" },
      ]),
    ).toEqual({ period: 60, unfinished: undefined });
  });

  test("a burn that wrote nothing changes nothing", async () => {
    expect(
      await recordOf([
        { parameters: half },
        { ...config, event: "done" },
        { event: "done" },
        { parameters },
        { ...config },
        { ...config, event: "failed", holds: ["old-seed"] },
        { event: "failed", holds: ["old-seed"] },
      ]),
    ).toEqual({ period: 30, unfinished: undefined });
  });

  test("a burn that was cut off in the middle is unfinished, with the settings it wrote", async () => {
    const lines = [{ parameters }, { ...config, event: "done" as const }, { ...seed }];
    expect(await recordOf(lines)).toEqual({ period: 60, unfinished: "write-seed" });
  });

  test("new settings with the old seed are unfinished, until a burn comes to its end", async () => {
    const lines = [
      { parameters },
      { ...config, event: "done" as const, holds: ["old-seed" as const] },
      { event: "failed" as const, holds: ["old-seed" as const] },
    ];
    expect(await recordOf(lines)).toEqual({ period: 60, unfinished: "burn" });
    expect(await recordOf([{ parameters }, { event: "done" }])).toMatchObject({
      unfinished: undefined,
    });
  });

  test("another application of the same key has a record of its own", async () => {
    const cut = [{ parameters, driver: "oath" }, { ...seed, driver: "oath" }];
    const other = { driver: "yubikey_slots" };
    expect(await recordOf([...cut, { ...other, parameters }, { ...other, event: "done" }]))
      .toEqual({ period: undefined, unfinished: "write-seed" });
    expect(await readRecord(path, { ...TOKEN, ...other })).toEqual({});
  });

  test("nothing, without a record", async () => {
    expect(await readRecord(path, TOKEN)).toEqual({});
  });
});
