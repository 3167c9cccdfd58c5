import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, totp } from "@otpsmith/core";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { type CliRun, otpsmith } from "../cli_process.ts";
import { inOneStep, startYkmanBench, type YkmanBench } from "./ykman.ts";

// Seeds of documents and no others.
const RFC =
  "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme&digits=8";
const OTHER = "otpauth://totp/Bank:bob?secret=JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP&issuer=Bank";

vi.setConfig({ testTimeout: 300_000 }); // many whole processes, on a machine that may be busy

let folder: string;
let bench: YkmanBench;
let yubikey: string;
let canokey: string;
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  bench = await startYkmanBench(["oath:yubikey5", "oath:canokey"], { drivers: [] });
  yubikey = bench.key("oath:yubikey5").reader;
  canokey = bench.key("oath:canokey").reader;
});
afterAll(async () => {
  await bench.stop();
  await rm(folder, { recursive: true, force: true });
});

/** The whole command, as a user starts it, on a key behind the real pcscd. */
const run = (args: readonly string[], input = "", env = {}): Promise<CliRun> =>
  otpsmith([...args, "--binding", "koffi", "--json"], {
    input,
    env: { OTPSMITH_STATE_DIR: folder, ...env },
  });
const on = (reader: string, args: readonly string[], input = "", env = {}): Promise<CliRun> =>
  run([...args, "--reader", reader], input, env);
const slots = (...args: readonly string[]): readonly string[] => [
  ...args,
  "--application",
  "slots",
];

test("info lists the applications that answer; a key with one is not asked to be chosen from", async () => {
  const { result, exit } = await on(yubikey, ["info"]);
  expect(exit).toBe(0);
  expect(result).toMatchObject({
    application: "oath",
    applications: [
      { application: "oath", model: "YubiKey 5 (5.4.3)", serial: result["serial"] },
      { application: "slots", model: "YubiKey (5.4.3)", serial: result["serial"] },
    ],
  });
  expect((await on(yubikey, slots("info"))).result).toMatchObject({
    application: "slots",
    applications: [{ application: "oath" }, { application: "slots" }],
  });
  expect((await on(canokey, ["info"])).result).toMatchObject({
    applications: [{ application: "oath" }],
  });
});

test("an application that the key has not is refused, and a name that there is not, too", async () => {
  expect((await on(canokey, slots("slots"))).result).toMatchObject({
    exit: 3,
    error: {
      code: "token/unsupported",
      message: "Cannot use application slots: it does not answer",
    },
  });
  expect((await on(canokey, ["slots", "--application", "piv"])).exit).toBe(2);
});

test("of two keys, the one with the application is meant", async () => {
  expect((await run(["slots"])).result).toMatchObject({
    error: { code: "needs-person/several-tokens" },
  });
  expect((await run(slots("slots"))).result).toMatchObject({ ok: true, application: "slots" });
});

test("both applications of one key are burned, listed and erased, and ykman sees each", async () => {
  const { ykman } = bench.key("oath:yubikey5");
  const burned = await on(yubikey, slots("burn", "-", "--slot", "2", "--yes"), RFC);
  expect(burned.result, burned.stderr).toMatchObject({
    exit: 0,
    application: "slots",
    proof: { level: "computed", match: true },
    slots: [{ slot: 2 }],
  });
  const other = await on(yubikey, ["burn", "-", "--slot", "next", "--yes"], OTHER);
  expect(other.result, other.stderr).toMatchObject({ exit: 0, application: "oath" });

  expect((await on(yubikey, slots("slots"))).result).toMatchObject({
    occupied: 1,
    slots: [{ slot: 1, occupied: false }, { slot: 2, occupied: true }],
  });
  expect((await on(yubikey, ["slots"])).result).toMatchObject({
    occupied: 1,
    slots: [{ title: "Bank:bob" }],
  });
  expect(await ykman("otp", "info")).toMatch(/Slot 1: empty\s+Slot 2: programmed/);
  expect(await ykman("oath", "accounts", "list")).toBe("Bank:bob");
  const settings = { algorithm: "SHA1", digits: 8, period: 30 } as const;
  const codes = await inOneStep(30, async (time) => [
    await ykman("otp", "calculate", "--totp", "--digits", "8", "2"),
    totp(Secret.copyOf(new TextEncoder().encode("12345678901234567890")), { ...settings, time }),
  ]);
  expect(codes[0]).toBe(codes[1]);
  for (
    const [args, account, match] of [
      [["--application", "slots", "--slot", "2"], RFC, true],
      [["--application", "slots", "--slot", "2"], OTHER.replace("&", "&digits=8&"), false],
      [[], OTHER, true],
      [["--slot", "0"], OTHER, true],
    ] as const
  ) {
    const asked = await on(yubikey, ["verify", "-", "--from-token", ...args], account);
    expect(asked.result, asked.stderr).toMatchObject({ match, level: "computed" });
  }

  const occupied = await on(yubikey, slots("burn", "-", "--slot", "2", "--yes"), OTHER);
  expect(occupied.result).toMatchObject({ exit: 3, error: { code: "burn/slot-occupied" } });
  const erased = await on(yubikey, slots("erase", "--slot", "2", "--yes"));
  expect(erased.result, erased.stderr).toMatchObject({ exit: 0, application: "slots" });
  expect(await ykman("otp", "info")).toMatch(/Slot 1: empty\s+Slot 2: empty/);
  expect(await ykman("oath", "accounts", "list")).toBe("Bank:bob");
});

test("a password of one application is nothing to the other", async () => {
  const password = { OTPSMITH_NEW_TOKEN_KEY: "horse staple" };
  const set = await on(yubikey, ["key", "--application", "oath"], "", password);
  expect(set.result, set.stderr).toMatchObject({ exit: 0, removed: false });
  expect((await on(yubikey, ["slots"])).result).toMatchObject({
    error: { code: "needs-person/key" },
  });
  expect((await on(yubikey, slots("slots"))).result).toMatchObject({ ok: true });
  expect((await on(yubikey, slots("key"), "", password)).result).toMatchObject({ exit: 3 });
  const known = { OTPSMITH_TOKEN_KEY: "horse staple" };
  expect((await on(yubikey, ["slots"], "", known)).result).toMatchObject({ ok: true });
  expect((await on(yubikey, ["key", "--remove"], "", known)).result).toMatchObject({ exit: 0 });
});
