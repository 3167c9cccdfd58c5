import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test, vi } from "vitest";
import { type CliRun, otpsmith } from "./cli_process.ts";

// Each test starts several processes, which take seconds each on a busy machine.
vi.setConfig({ testTimeout: 180_000 });

const SECRETS = ["JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"];
const URIS = [
  `otpauth://totp/Google:alice?secret=${SECRETS[0]}&issuer=Google`,
  `otpauth://totp/Acme:bob?secret=${SECRETS[1]}&issuer=Acme&digits=8&algorithm=SHA256`,
];

let folder: string;
let state: string;
let keys = 0;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  await writeFile(at("two.txt"), URIS.join("\n"));
  await writeFile(at("one.txt"), URIS[0]!);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  state = at(`key-${keys++}.json`);
});

/** Runs a command on the test's own simulated key. */
function run(args: readonly string[], env: Readonly<Record<string, string>> = {}): Promise<CliRun> {
  const key = ["--simulator", state, "--token", "token2-pinplus:pin-plus"];
  return otpsmith([...args, ...key, "--json"], { env: { OTPSMITH_STATE_DIR: folder, ...env } });
}

const error = ({ result }: CliRun): Record<string, unknown> =>
  result["error"] as Record<string, unknown>;

test("accounts are burned under their names and proven by the key; listed, checked, erased", async () => {
  const done = await run(["burn", at("two.txt"), "--all"]);
  expect(done).toMatchObject({
    exit: 0,
    result: {
      slots: [
        { title: "Google:alice", proof: { level: "computed", match: true } },
        { title: "Acme:bob", proof: { level: "computed", match: true } },
      ],
    },
  });
  const listed = await run(["slots"]);
  expect(listed.result).toMatchObject({
    count: 50,
    occupied: 2,
    slots: [
      { slot: 0, title: "Google:alice", algorithm: "SHA1", digits: 6, period: 30, type: "totp" },
      { slot: 1, title: "Acme:bob", algorithm: "SHA256", digits: 8, period: 30, type: "totp" },
    ],
  });
  expect(await run(["info"])).toMatchObject({
    exit: 0,
    result: { model: "PIN+ Dual Ace (R3.4)", serial: "65103000000001" },
  });
  expect(error(await run(["burn", at("one.txt")]))["code"]).toBe("burn/slot-occupied");
  expect((await run(["burn", at("one.txt"), "--replace", "Google:alice"])).exit).toBe(0);
  expect(await run(["verify", at("one.txt"), "--from-token"])).toMatchObject({
    exit: 0,
    result: { match: true, level: "computed" },
  });
  expect((await run(["erase", "--slot", "0"])).exit).toBe(0);
  expect((await run(["slots"])).result).toMatchObject({
    occupied: 1,
    slots: [{ title: "Acme:bob" }],
  });
  const journal = await readFile(at("simulated.ndjson"), "utf8");
  for (const secret of SECRETS) expect(journal + done.stdout + listed.stdout).not.toContain(secret);
});

test("a PIN is set, asked for, counted, and taken away; it never stands on the command line", async () => {
  const set = await run(["key"], { OTPSMITH_NEW_TOKEN_KEY: "135792" });
  expect(set.exit).toBe(0);
  expect(error(await run(["slots"]))["code"]).toBe("needs-person/key");
  const wrong = await run(["burn", at("one.txt")], { OTPSMITH_TOKEN_KEY: "000000" });
  expect(wrong).toMatchObject({ exit: 1, result: { error: { code: "token/bad-key" } } });
  expect(JSON.stringify(wrong.result)).toMatch(/"attemptsLeft":99|99 tries are left/);
  const right = { OTPSMITH_TOKEN_KEY: "135792" };
  expect(await run(["burn", at("one.txt")], right)).toMatchObject({
    exit: 0,
    result: { proof: { level: "computed", match: true } },
  });
  expect(error(await run(["key"], { ...right, OTPSMITH_NEW_TOKEN_KEY: "123456" }))["code"]).toBe(
    "token/refused",
  );
  const removed = await run(["key", "--remove"], right);
  expect(removed.exit).toBe(0);
  expect((await run(["slots"])).result).toMatchObject({ occupied: 1 });
  const given = await run(["slots", "--key", "135792"]);
  expect(given.exit).toBe(2);
  expect(given.stdout + given.stderr + set.stdout + wrong.stdout).not.toContain("135792");
});

test.each([
  [["burn", "one.txt", "--title", "Ümit"], 3, "burn/title"],
  [["burn", "one.txt", "--title", `${"a".repeat(65)}:b`], 3, "burn/title"],
  [["burn", "one.txt", "--title", "Acme:"], 3, "burn/title"],
  [["erase", "--slot", "7"], 3, "burn/nothing-to-erase"],
  [["reset"], 4, "needs-person/consent"],
])("%j is refused, and nothing is written", async (args, exit, code) => {
  const refused = await run(args.map((arg) => (arg.endsWith(".txt") ? at(arg) : arg)));
  expect(error(refused)["code"]).toBe(code);
  expect(refused.exit).toBe(exit);
});

test("a reset wants a touch, which is shown, and erases everything", async () => {
  expect((await run(["burn", at("one.txt"), "--touch"])).exit).toBe(0);
  const reset = await run(["reset", "--erase-all", "65103000000001"]);
  expect(reset.exit).toBe(0);
  expect(reset.events).toContainEqual({ event: "wants-touch", hand: "tap", tells: true });
  expect((await run(["slots"])).result).toMatchObject({ occupied: 0 });
});
