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
  `otpauth://totp/Ein%20langer%20Name:bob?secret=${SECRETS[1]}&issuer=Ein%20langer%20Name&digits=8`,
];
const SERIAL = "000000000000001";

let folder: string;
let state: string;
let tokens = 0;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  await writeFile(at("two.txt"), URIS.join("\n"));
  await writeFile(at("one.txt"), URIS[0]!);
});
afterAll(() => rm(folder, { recursive: true, force: true }));
beforeEach(() => {
  state = at(`token-${tokens++}.json`);
});

/** Runs a command on the test's own simulated token. */
function run(
  args: readonly string[],
  options: { readonly env?: Record<string, string>; readonly json?: boolean } = {},
): Promise<CliRun> {
  const { env, json = true } = options;
  const token = ["--simulator", state, "--token", "token2-molto2:Molto2v2"];
  return otpsmith([...args, ...token, ...(json ? ["--json"] : [])], {
    env: { OTPSMITH_STATE_DIR: folder, ...env },
  });
}

const error = ({ result }: CliRun): Record<string, unknown> =>
  result["error"] as Record<string, unknown>;

test("burns all accounts of a source into free slots, as one plan, and proves each", async () => {
  const done = await run(["burn", at("two.txt"), "--all", "--slot", "next"]);
  expect(done.exit).toBe(0);
  expect(done.events.filter(({ event }) => event === "plan")).toHaveLength(1);
  expect(done.result["slots"]).toMatchObject([
    { slot: 0, title: "Google", account: "alice", proof: { level: "display", match: true } },
    { slot: 1, title: "Ein langer N", account: "bob", proof: { level: "display", match: true } },
  ]);
  const listed = await run(["slots"]);
  expect(listed.result).toMatchObject({ count: 100, occupied: 2 });
  expect((listed.result["slots"] as unknown[]).slice(0, 3)).toEqual([
    { slot: 0, title: "Google", occupied: true, algorithm: "SHA1", digits: 6, period: 30 },
    { slot: 1, title: "Ein langer N", occupied: true, algorithm: "SHA1", digits: 8, period: 30 },
    { slot: 2, title: "", occupied: false, algorithm: "SHA1", digits: 6, period: 30 },
  ]);
  const journal = await readFile(at("simulated.ndjson"), "utf8");
  expect(journal).toContain('"slot":1');
  for (const secret of SECRETS) expect(journal + done.stdout + listed.stdout).not.toContain(secret);
});

test("an occupied slot is burned over only where it is named, and only erased where asked", async () => {
  await run(["burn", at("one.txt"), "--slot", "5"]);
  const again = await run(["burn", at("one.txt"), "--slot", "5"], { json: false });
  expect(again.exit).toBe(3);
  expect(again.stderr).toContain('slot 5 holds one already for "Google"');
  expect(again.stderr).toContain("--replace SLOT");
  expect((await run(["burn", at("one.txt"), "--slot", "5", "--replace", "Google"])).exit).toBe(0);
  const erased = await run(["erase", "--slot", "5"]);
  expect(erased).toMatchObject({ exit: 0, result: { slots: [{ slot: 5, holds: ["no-seed"] }] } });
  expect(error(await run(["erase", "--slot", "5"]))["code"]).toBe("burn/nothing-to-erase");
});

/** The first refusal makes the token whose memory the others must not change. */
let tried = false;

test.each([
  [["burn", "one.txt"], 3, "burn/which-slot"],
  [["burn", "one.txt", "--slot", "100"], 3, "burn/no-such-slot"],
  [["burn", "one.txt", "--slot", "first"], 2, "usage/slot"],
  [["burn", "one.txt", "--slot", "-1"], 2, "usage/invalid-argument"],
  [["burn", "one.txt", "--slot", "1", "--title", "thirteen byte"], 3, "burn/title"],
  [["burn", "one.txt", "--slot", "1", "--touch"], 3, "burn/touch"],
  [["erase", "--slot", "100"], 3, "burn/no-such-slot"],
  [["clock", "--sync", "--slot", "100"], 3, "burn/no-such-slot"],
  [["key", "--remove"], 2, "usage/key-remove"],
  [["reset"], 4, "needs-person/consent"],
  [["reset", "--erase-all", "1"], 3, "burn/declined"],
  [["lock", "--key-fd", "99"], 2, "usage/key-fd"],
])("%j is refused, and nothing is written", async (args, exit, code) => {
  const named = args.map((arg) => (arg.endsWith(".txt") ? at(arg) : arg));
  state = at("refusals.json");
  const cells = async (): Promise<unknown> =>
    (JSON.parse(await readFile(state, "utf8")) as { cells: unknown }).cells;
  const before = tried ? await cells() : undefined;
  const refused = await run(named);
  expect(error(refused)["code"]).toBe(code);
  expect(refused.exit).toBe(exit);
  if (tried) expect(await cells()).toBe(before);
  tried = true;
});

test("a key is changed through the environment; a wrong one is told with its tries; reset brings all back", async () => {
  const changed = await run(["key"], { env: { OTPSMITH_NEW_TOKEN_KEY: "a key of ours" } });
  expect(changed.exit).toBe(0);
  expect(changed.events).toContainEqual({ event: "wants-touch", hand: "press", tells: false });
  const env = { OTPSMITH_TOKEN_KEY: "another" };
  const wrong = await run(["burn", at("one.txt"), "--slot", "0"], { env });
  expect(wrong.result).toMatchObject({
    exit: 1,
    error: { code: "token/bad-key" },
    attemptsLeft: 7,
    outcome: { status: "stopped" },
  });
  const right = { env: { OTPSMITH_TOKEN_KEY: "a key of ours" } };
  expect((await run(["burn", at("one.txt"), "--slot", "0"], right)).exit).toBe(0);
  expect((await run(["lock"], right)).exit).toBe(0);
  expect((await run(["reset", "--erase-all", SERIAL])).exit).toBe(0);
  expect((await run(["slots"])).result).toMatchObject({ occupied: 0 });
  expect((await run(["burn", at("one.txt"), "--slot", "0"])).exit).toBe(0); // factory key again
});

test("a key on the command line is refused and not repeated", async () => {
  const given = await run(["slots", "--key", "TOKEN2MOLTO1-KEY"]);
  expect(given.exit).toBe(2);
  expect(given.stdout + given.stderr).not.toContain("TOKEN2MOLTO1");
});

test("clocks of all slots are set in one go", async () => {
  const set = await run(["clock", "--sync"]);
  expect(set.exit).toBe(0);
  const steps = set.events.filter(({ step, state }) => step === "write-clock" && state === "done");
  expect(steps.map(({ slot }) => slot)).toEqual(Array.from({ length: 100 }, (_, slot) => slot));
});

test("a report has what reads alone, and nothing of who owns the token", async () => {
  await run(["burn", at("one.txt"), "--slot", "0"]);
  const { result, stdout } = await run(["info", "--report"]);
  const { readers } = result["report"] as { readers: { token: object; answers: object[] }[] };
  expect(readers[0]!.token).toMatchObject({ driver: "token2_molto2", serial: "0000000…" });
  expect(readers[0]!.answers).toHaveLength(4);
  expect(stdout).not.toContain(SERIAL);
  expect(stdout).not.toContain("476F6F676C65"); // the title
});

test("a key that computes is burned by name and proven by its own code; its password is asked for first", async () => {
  const key = (args: readonly string[], env: Record<string, string> = {}): Promise<CliRun> =>
    otpsmith([...args, "--simulator", at("key.json"), "--token", "oath:yubikey5", "--json"], {
      env: { OTPSMITH_STATE_DIR: folder, ...env },
    });
  const burned = await key(["burn", at("one.txt")]);
  expect(burned.result).toMatchObject({ exit: 0, proof: { level: "computed", match: true } });
  expect(error(await key(["burn", at("one.txt")]))["code"]).toBe("burn/slot-occupied");
  expect((await key(["key"], { OTPSMITH_NEW_TOKEN_KEY: "a password" })).exit).toBe(0);
  expect(error(await key(["slots"]))["code"]).toBe("needs-person/key");
  const password = { OTPSMITH_TOKEN_KEY: "a password" };
  expect((await key(["slots"], password)).result).toMatchObject({ occupied: 1 });
  const again = ["burn", at("one.txt"), "--replace", "Google:alice"];
  expect((await key(again, password)).result).toMatchObject({ proof: { level: "computed" } });
  expect((await key(["key", "--remove"], password)).result).toMatchObject({ removed: true });
  expect((await key(["slots"])).exit).toBe(0);
});
