import { appendFile, chmod, mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { BurnPlan, JournalEntry } from "@otpsmith/core";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { journalFile, journalPath, lastBurn } from "./journal_file.ts";

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
  expect(journalPath(env)).toBe(wanted);
});

describe("the last burn of a token", () => {
  test("is the latest one, with how it ended; other tokens and damaged lines are passed over", async () => {
    const journal = journalFile(path);
    await journal.append(line({ parameters: { ...parameters, period: 30 } }));
    await journal.append(line({ event: "done" }));
    await journal.append(line({ plan: "B", parameters }));
    await appendFile(path, "{half a li\n\n");
    await journal.append(line({ plan: "C", serial: "86596320000002", parameters }));
    await journal.append(
      line({ plan: "B", step: "write-seed", event: "begins", holds: ["no-seed"] }),
    );
    const found = await lastBurn(path, "86596320000001");
    expect(found?.parameters.period).toBe(60);
    expect(found?.last).toMatchObject({ step: "write-seed", event: "begins" });
  });

  test("is unknown without a record", async () => {
    expect(await lastBurn(path, "86596320000001")).toBe(undefined);
  });
});
