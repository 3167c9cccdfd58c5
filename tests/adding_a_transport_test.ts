import { mkdtemp, readFile, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { countTransports, linesWithCode } from "../tools/transport_lines.mjs";
import { followDocument, linkPackages, read } from "./follow_document.ts";

const DOCUMENT = "docs/adding-a-transport.md";
const SKELETON = "examples/transport_skeleton";

let folder: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-add-"));
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** Times and numbers of cases differ: the kit grows. */
function settle(text: string): string {
  return text.replace(/in [\d.]+ s\b/g, "in SOME s")
    .replace(/\d+( cases:|(?= kept)| skipped)/g, "SOME$1");
}

test("who follows the document has the skeleton in the end, and a green report", async () => {
  const env = await linkPackages(folder);
  const { files, commands } = await followDocument(DOCUMENT, { folder, env, settle });
  expect(commands.filter((command) => command.includes("otpsmith")).length).toBeGreaterThan(4);
  const written = [...new Set(files)].filter((name) => name.endsWith(".ts"));
  expect(written.sort()).toEqual(["conformance.ts", "mod.ts", "toy_box.ts", "wire.ts"]);
  for (const name of written) {
    expect(await readFile(join(folder, name), "utf8"), name).toBe(read(`${SKELETON}/${name}`));
  }
  const report = await readFile(join(folder, "report.md"), "utf8");
  expect(report).toMatch(/\d+ cases: \d+ kept, 0 broken, /);
}, 180_000);

test("the document's numbers of lines are what is counted, and the skeleton has 120 at most", () => {
  const [transport, tried, device, pn532, contract] = [...countTransports().values()] as [
    number,
    number,
    number,
    number,
    number,
  ];
  expect(transport).toBeLessThanOrEqual(120);
  const [, ...said] = read(DOCUMENT).replace(/\s+/g, " ").match(
    /has (\d+) lines with code; .*?, (\d+); the device of software, (\d+)\..* about (\d+), .* about (\d+) /,
  ) ?? [];
  const [saysTransport, saysTried, saysDevice, saysPn532 = 0, saysContract = 0] = said.map(Number);
  expect([saysTransport, saysTried, saysDevice]).toEqual([transport, tried, device]);
  expect(Math.abs(saysPn532 - pn532) / pn532).toBeLessThan(0.1);
  expect(Math.abs(saysContract - contract) / contract).toBeLessThan(0.1);
});

test("lines with code are those that are not blank and not comments alone", () => {
  const source = "/** a\n * b */\nconst a = `\n  // c`; // d\n\n  // e\n/* f */ a;\n";
  expect(linesWithCode("a.ts", source)).toBe(3);
});
