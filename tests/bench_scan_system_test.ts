import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { measure } from "../bench/scan.mjs";
import { qrencode } from "../packages/scan/testdata/pictures.ts";

// Whoever is compared with has to be at work: a reader that cannot run would be beaten easily.

const TEXT = "otpauth://totp/Example:alice@example.com?secret=JBSWY3DPEHPK3PXP&issuer=Example";

test("bench scan: every reader there is reads a plain code of a folder", async () => {
  const folder = mkdtempSync(join(tmpdir(), "otpsmith-set-"));
  try {
    writeFileSync(join(folder, "plain.png"), qrencode(TEXT));
    writeFileSync(join(folder, "plain.txt"), `${TEXT}\n`);
    const { text } = await measure({ set: folder, quick: true });
    const [head = [], , ...rows] = text.split("\n").map((line) => line.trim().split(/\s{2,}/));
    expect(head.slice(2)).toContain("otpsmith");
    expect(head.length).toBeGreaterThanOrEqual(2 + 7);
    expect(rows.slice(0, 3)).toEqual([
      ["all", "1", ...head.slice(2).map(() => "100")],
      ["codes read", ...head.slice(2).map(() => "1")],
      ["wrong reads", ...head.slice(2).map(() => "0")],
    ]);
  } finally {
    rmSync(folder, { recursive: true });
  }
}, 120_000);
