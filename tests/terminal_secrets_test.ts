import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { atTerminal, type Session, type Turn } from "./terminal.ts";

// Keys, passwords, PINs and passphrases at a real terminal: whatever is typed is used, and nothing of it is
// on the screen, not even how long it is.

const ACCOUNT = "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";

vi.setConfig({ testTimeout: 120_000 }); // many whole processes, on a machine that may be busy

let folder: string;
let state: string;
let account: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  state = join(folder, "token.json");
  account = join(folder, "account.txt");
  await writeFile(account, ACCOUNT);
});
afterEach(() => rm(folder, { recursive: true, force: true }));

/** A secret at a question, for each of them. */
type Typed = readonly [sees: RegExp, secret: string];

/** Runs the command, types each secret at its question, and looks whether any of it is on the screen. */
async function type(
  args: readonly string[],
  typed: readonly Typed[],
  after = "",
): Promise<Session> {
  const turns = typed.map(([sees, secret]): Turn => ({ sees, types: `${secret}\r` }));
  const session = await atTerminal(args, turns, { OTPSMITH_STATE_DIR: folder }, after);
  for (const [sees, secret] of typed) {
    const line = session.screen.split(/\r?\n/).find((one) => sees.test(one))!;
    expect(line.replace(sees, "").trim(), "behind the question").toBe("");
    if (secret.length >= 4) expect(session.screen).not.toContain(secret.slice(0, 4));
  }
  expect(session.screen).not.toMatch(/\n\s+at /);
  return session;
}

const simulated = (model: string): readonly string[] => ["--simulator", state, "--token", model];
const CUSTOMER_KEY = /Customer key of the token \(not shown\): /;
const NEW_PASSWORD = /New password \(not shown\): /;
const AGAIN = /The new password again: /;
const PASSWORD = /Password of the token \(not shown\): /;

describe("the password of an OATH application", () => {
  test("is set, typed twice, and asked for by whatever writes or reads", async () => {
    const key = ["key", ...simulated("oath:yubikey5")];
    const set = await type(key, [[NEW_PASSWORD, "correct horse"], [AGAIN, "correct horse"]]);
    expect(set.exit, set.screen).toBe(0);
    const burned = await type(["burn", account, "--simulator", state], [[
      PASSWORD,
      "correct horse",
    ]]);
    expect(burned.exit, burned.screen).toBe(0);
    expect(burned.screen).toContain("Proven:");
    const listed = await type(["slots", "--simulator", state], [[PASSWORD, "correct horse"]]);
    expect(listed.screen).toContain("Acme:alice");
    const asked = ["verify", account, "--from-token", "--simulator", state];
    expect((await type(asked, [[PASSWORD, "correct horse"]])).exit).toBe(0);
    const wrong = await type(["slots", "--simulator", state], [[PASSWORD, "wrong horse"]]);
    expect(wrong.exit).not.toBe(0);
    expect(wrong.screen).not.toContain("Acme:alice");
  });

  test("is not set where the two differ", async () => {
    const key = ["key", ...simulated("oath:yubikey5")];
    const { exit, screen } = await type(key, [[NEW_PASSWORD, "one horse"], [AGAIN, "other horse"]]);
    expect(exit).toBe(2);
    expect(screen).toContain("the two that were typed differ");
    expect((await type(["slots", "--simulator", state], [])).exit).toBe(0); // nothing is asked
  });

  test("a letter of two bytes is taken back as one", async () => {
    const key = ["key", ...simulated("oath:yubikey5")];
    const mistyped = "gr\u00fc\u00e4\x7fn"; // an "ä" too many, and Backspace
    await type(key, [[NEW_PASSWORD, mistyped], [AGAIN, "gr\u00fcn"]]);
    const listed = await type(["slots", "--simulator", state], [[PASSWORD, "gr\u00fcn"]]);
    expect(listed.exit, listed.screen).toBe(0);
  });
});

test("the PIN of a Nitrokey 3 is asked for with the tries that are left", async () => {
  const set = await type(["key", ...simulated("oath:nitrokey3")], [
    [/New PIN \(not shown\): /, "4711 0815"],
    [/The new PIN again: /, "4711 0815"],
  ]);
  expect(set.exit, set.screen).toBe(0);
  const burn = ["burn", account, "--simulator", state, "--ask-key"];
  const wrong = await type(burn, [[
    /PIN of the token \(not shown, 8 tries left\): /,
    "9999 9999",
  ]]);
  expect(wrong.exit).not.toBe(0);
  expect(wrong.screen).toMatch(/7 tries are left/);
  const right = await type(burn, [[/PIN of the token \(not shown, 7 tries left\): /, "4711 0815"]]);
  expect(right.exit, right.screen).toBe(0);
  expect(right.screen).toContain("Proven:");
});

test("the customer key of a Molto2: typed, changed, and wrong with its tries", async () => {
  const set = await type(["key", ...simulated("token2-molto2:Molto2v2"), "--ask-key"], [
    [CUSTOMER_KEY, "TOKEN2MOLTO1-KEY"],
    [/New customer key \(not shown\): /, "a key of my own!"],
    [/The new customer key again: /, "a key of my own!"],
  ]);
  expect(set.exit, set.screen).toBe(0);
  const burn = ["burn", account, "--slot", "3", "--simulator", state, "--ask-key"];
  const wrong = await type(burn, [[CUSTOMER_KEY, "TOKEN2MOLTO1-KEY"]]);
  expect(wrong.exit).not.toBe(0);
  expect(wrong.screen).toMatch(/\d tries are left/);
  const right = await type(burn, [[CUSTOMER_KEY, "a key of my own!"]]);
  expect(right.exit, right.screen).toBe(0);
});

test("the access code of a slot: one of a wrong length is refused before it is sent", async () => {
  const burn = ["burn", account, "--slot", "2", "--application", "slots", "--ask-key"];
  const short = await type([...burn, ...simulated("oath:yubikey5")], [[PASSWORD, "12345"]]);
  expect(short.exit).toBe(2);
  expect(short.screen).toContain("it has 5 bytes, 6 to 6 are possible");
  const right = await type([...burn, "--simulator", state], [[PASSWORD, "123456"]]);
  expect(right.exit, right.screen).toBe(0);
  const without = await type(
    ["erase", "--slot", "2", "--application", "slots", "--simulator", state],
    [],
  );
  expect(without.exit).not.toBe(0); // the slot is protected by what was typed
});

test("the passphrase of a file: typed twice where one is made, once where it is read", async () => {
  const file = join(folder, "tokens.xml");
  const convert = ["convert", account, "--to", "pskc", "--out", file];
  const made = await type(convert, [
    [/Passphrase for the new file \(not shown\): /, "battery staple"],
    [/The same again: /, "battery staple"],
  ]);
  expect(made.exit, made.screen).toBe(0);
  expect(await readFile(file, "utf8")).not.toContain("battery");
  const read = await type(["import", file], [[
    /Passphrase of .*\(not shown\): /,
    "battery staple",
  ]]);
  expect(read.screen).toContain("Acme");
  expect(read.exit).toBe(0);
});

test("Ctrl-C at a hidden question ends the command, and the terminal shows again what is typed", async () => {
  const turns = [{ sees: NEW_PASSWORD, types: "half a pass\x03" }];
  const key = ["key", ...simulated("oath:yubikey5")];
  const { exit, screen } = await atTerminal(key, turns, { OTPSMITH_STATE_DIR: folder }, "stty -a");
  expect(exit).toBe(3);
  expect(screen).not.toContain("half");
  expect(screen).toMatch(/ icanon/);
  expect(screen).toMatch(/ echo /);
});
