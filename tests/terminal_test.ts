import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
import { afterEach, beforeEach, expect, test } from "vitest";
import { atTerminal } from "./terminal.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const TWO = `otpauth://totp/Acme:alice?secret=${SEED}\notpauth://totp/Acme:bob?secret=${SEED}\n`;

let folder: string;
let state: string;
let env: Record<string, string>;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  state = join(folder, "token.json");
  env = { OTPSMITH_STATE_DIR: folder };
});
afterEach(() => rm(folder, { recursive: true, force: true }));

function displayed(): string {
  return createVirtualToken({ storage: fileFlash(state) }).display().code ?? "";
}

test("a seed that is typed is not shown, and is burned", async () => {
  const { exit, screen } = await atTerminal(["burn", "--simulator", state], [
    { sees: /Seed \(base32 or a link, not shown\): /, types: `${SEED.toLowerCase()}x\x7f\r` },
  ], env);
  expect(screen).toContain("Proven:");
  expect(exit).toBe(0);
  expect(screen.toUpperCase()).not.toContain(SEED.slice(0, 8));
});

test("a seed that is whole as base32 and as hex is asked about, never guessed", async () => {
  const both = "ABCDEF234567ABCDEF234567ABCDEF23";
  const { screen, exit } = await atTerminal(["burn", "--simulator", state], [
    { sees: /not shown\): /, types: `${both}\r` },
    { sees: /base32 \(20 bytes\) or as hex \(16 bytes\)/, types: "maybe\r" },
    { sees: /Which is it\? /, types: "hex\r" },
  ], env);
  expect(exit, screen).toBe(0);
  const { stored } = fileFlash(state).read()!;
  expect(stored.seed?.length).toBe(16);
});

test("one of several accounts is chosen by its number", async () => {
  const list = join(folder, "accounts.txt");
  await writeFile(list, TWO);
  const { exit, screen } = await atTerminal(["burn", list, "--simulator", state], [
    { sees: /1 {2}Acme: alice[^]*2 {2}Acme: bob[^]*Which one\? /, types: "7\r" },
    { sees: /Which one\? /, types: "2\r" },
  ], env);
  expect(exit).toBe(0);
  expect(screen).toMatch(/Account:.*Acme: bob/);
});

test("a mistyped code may be typed again; the expected one is never shown", async () => {
  const list = join(folder, "account.txt");
  await writeFile(list, TWO.split("\n")[0]!);
  await atTerminal(["burn", list, "--simulator", state], [], env);
  const { exit, screen } = await atTerminal(["verify", list], [
    { sees: /Code on the display/, types: "000000\r" },
    { sees: /Code on the display/, types: () => `${displayed()}\r` },
  ], env);
  expect(exit).toBe(0);
  expect(screen).toContain("Code does not match");
  expect(screen).toContain("Proven:");
});

test("Ctrl-C at a question ends the command with one message", async () => {
  for (const args of [["burn", "--simulator", state], ["verify", "--as", "hex"]]) {
    const { exit, screen } = await atTerminal(
      args,
      [{ sees: /not shown\): /, types: "\x03" }],
      env,
    );
    expect(exit).toBe(3);
    expect(screen).not.toMatch(/\n\s+at /);
  }
});

test("colour is for terminals, and only where it is wanted", async () => {
  const coloured = await atTerminal(["info", "--simulator", state], [], env);
  expect(coloured.screen).toContain("\x1b[");
  for (const plain of [{ NO_COLOR: "1" }, { TERM: "dumb" }]) {
    const { screen } = await atTerminal(["info", "--simulator", state], [], { ...env, ...plain });
    expect(screen).not.toContain("\x1b[");
  }
});
