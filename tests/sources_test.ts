import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, stat, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { pdf } from "../packages/scan/testdata/documents.ts";
import { otpsmith } from "./cli_process.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // up to four programs are started by a test

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const uri = (name: string): string => `otpauth://totp/Acme:${name}?secret=${SEED}&issuer=Acme`;

let folder: string;
const at = (name: string): string => join(folder, name);

/** A part of an export of Google Authenticator with one account (fields as apps read them). */
function part(index: number, count: number): string {
  const utf8 = (text: string): Buffer => Buffer.from(text);
  const field = (number: number, bytes: Buffer): Buffer =>
    Buffer.concat([Buffer.of(number << 3 | 2, bytes.length), bytes]);
  const varint = (number: number, value: number): Buffer => Buffer.of(number << 3, value);
  const entry = Buffer.concat([
    field(1, utf8("12345678901234567890")),
    field(2, utf8(`user${index}`)),
    field(3, utf8("Acme")),
    varint(4, 1),
    varint(5, 1),
    varint(6, 2),
  ]);
  const message = Buffer.concat([
    field(1, entry),
    varint(2, 1),
    varint(3, count),
    varint(4, index),
    varint(5, 77),
  ]);
  return `otpauth-migration://offline?data=${encodeURIComponent(message.toString("base64"))}`;
}

async function draw(name: string, text: string): Promise<void> {
  await writeFile(at(name), execFileSync("qrencode", ["-8", "-o", "-"], { input: text }));
}

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  for (const index of [0, 1, 2]) await draw(`part${index + 1}.png`, part(index, 3));
  await draw("alice.png", uri("alice"));
  await draw("bob.png", uri("bob"));
  await writeFile(at("both.pdf"), pdf([uri("bob"), uri("carol")]));
  await writeFile(at("list.txt"), `${uri("dora")}\n${part(1, 3)}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

describe("several sources", () => {
  test("scan tells of each code where it is, and of two equal ones once", async () => {
    const { exit, result, stdout } = await otpsmith([
      "scan",
      at("alice.png"),
      at("both.pdf"),
      "--json",
    ]);
    expect(exit).toBe(0);
    expect(result["codes"]).toMatchObject([
      { account: "alice", source: "alice.png", place: { page: 1 } },
      { account: "bob", source: "both.pdf", place: { page: 1, x: expect.any(Number) } },
      { account: "carol", source: "both.pdf", place: { page: 2 } },
    ]);
    expect(stdout).not.toContain(SEED.slice(0, 8));
    const again = await otpsmith(["scan", at("bob.png"), at("both.pdf")]);
    expect(again.stdout.match(/Account: .*/g)).toHaveLength(2);
    expect(again.stdout).toMatch(/Source: +both\.pdf\nPlace: +page 2, \d+ x \d+ at \d+, \d+\n/);
  });

  test("the parts of an export in any order; one that is missing is named", async () => {
    const all = await otpsmith([
      "import",
      ...["part3.png", "part1.png", "part2.png"].map(at),
      "--json",
    ]);
    expect(all.exit).toBe(0);
    expect(all.result).toMatchObject({
      format: "google",
      tokens: [{ account: "user2" }, { account: "user0" }, { account: "user1" }],
      refused: [],
    });
    const some = await otpsmith(["import", at("part3.png"), at("part1.png"), "--json"]);
    expect(some.result).toMatchObject({
      tokens: [{ account: "user2" }, { account: "user0" }],
      refused: [{
        message: "Cannot read all of the export: of its 3 parts, these are missing: 2",
      }],
    });
  });

  test("scan takes accounts out of an export, from pictures and lists alike", async () => {
    const { exit, result } = await otpsmith([
      "scan",
      ...["part1.png", "list.txt", "part3.png"].map(at),
      "--json",
    ]);
    expect(exit).toBe(0);
    expect(result["codes"]).toMatchObject([
      { kind: "otpauth", account: "user0" },
      { account: "user1" },
      { account: "user2" },
      { account: "dora", source: "list.txt" },
    ]);
  });

  test("files of different kinds together, and out again", async () => {
    await writeFile(at("tokens.csv"), `serial number,secret key\n86596320000001,${SEED}\n`);
    const { result } = await otpsmith(["import", at("tokens.csv"), at("alice.png"), "--json"]);
    expect(result).toMatchObject({
      format: "several",
      tokens: [{ serial: "86596320000001" }, { account: "alice" }],
    });
    const out = at("links.txt");
    const written = await otpsmith([
      "convert",
      ...["alice.png", "both.pdf"].map(at),
      "--to",
      "otpauth",
      "--out",
      out,
    ]);
    expect(written.exit).toBe(0);
    expect((await readFile(out, "utf8")).trim().split("\n")).toHaveLength(3);
  });

  test("burn picks one of them", async () => {
    const burned = await otpsmith([
      "burn",
      ...["alice.png", "both.pdf"].map(at),
      "--pick",
      "3",
      "--simulator",
      at("token.json"),
      "--json",
    ]);
    expect(burned.exit).toBe(0);
    expect(burned.result).toMatchObject({ account: "carol", proof: { match: true } });
    const unsaid = await otpsmith([
      "burn",
      ...["alice.png", "bob.png"].map(at),
      "--simulator",
      at("other.json"),
      "--json",
    ]);
    expect(unsaid.exit).toBe(4);
    expect(unsaid.result).toMatchObject({ error: { code: "needs-person/choose-code" } });
  });

  test("one that is missing stops it, by its name", async () => {
    const { exit, stderr } = await otpsmith(["import", at("alice.png"), at("nothing.png")]);
    expect(exit).toBe(3);
    expect(stderr).toContain("Cannot read nothing.png: there is no such file");
  });
});

describe("qr", () => {
  test("draws a PNG picture that only its owner may read, and never over another file", async () => {
    const out = at("drawn.png");
    const drawn = await otpsmith(["qr", at("bob.png"), "--out", out, "--json"]);
    expect(drawn.exit).toBe(0);
    expect(drawn.result).toMatchObject({ account: "bob", out });
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    const read = execFileSync("zbarimg", ["--raw", "-q", "--nodbus", out], { encoding: "utf8" });
    expect(read).toMatch(/^otpauth:\/\/totp\/Acme:bob\?secret=GEZDGNBVGY3TQOJQ/);
    expect((await otpsmith(["qr", at("alice.png"), "--out", out])).exit).toBe(3);
    expect((await otpsmith(["scan", out])).stdout).toContain("Acme: bob");
    expect((await otpsmith(["qr", at("alice.png"), "--out", out, "--force"])).exit).toBe(0);
    expect((await otpsmith(["scan", out])).stdout).toContain("Acme: alice");
  });

  test("draws SVG under another name, which scan reads", async () => {
    const out = at("drawn.svg");
    expect((await otpsmith(["qr", at("bob.png"), "--out", out])).exit).toBe(0);
    expect((await stat(out)).mode & 0o777).toBe(0o600);
    expect((await otpsmith(["scan", out])).stdout).toContain("Acme: bob");
  });
});
