import { createHash } from "node:crypto";
import { chmod, mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { decodeHex } from "@otpsmith/core";
import { molto2Token2Profile } from "@otpsmith/core/drivers/token2_molto2";
import { token2Profile } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { type CliRun, otpsmith } from "./cli_process.ts";

// Labels that there are not, with keys of our own.
const ACCOUNT = "otpauth://totp/Acme:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Acme";
const SINGLE = {
  ...token2Profile,
  name: "acme",
  family: "Acme card",
  seedMaxBytes: 20,
  models: [{
    prefix: "1234567",
    model: "Acme A",
    clockWrite: "clears-seeds",
    source: "data sheet",
  }],
};
const KEY = "00112233445566778899AABBCCDDEEFF";
const MULTI = {
  ...molto2Token2Profile,
  name: "acme-multi",
  family: "Acme multi",
  factoryKey: "env:ACME_KEY",
  serialPrefix: "1234567",
  seedMaxBytes: 32,
  models: [{ model: "Acme 10", slots: 10, clockWrite: "clears-seeds", source: "data sheet" }],
};

vi.setConfig({ testTimeout: 120_000 }); // many whole processes, on a machine that may be busy

let folder: string;
let state: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  state = join(folder, "token.json");
  await mkdir(join(folder, "profiles"));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const save = async (name: string, profile: object): Promise<string> => {
  const path = join(folder, "profiles", name);
  await writeFile(path, JSON.stringify(profile));
  return path;
};
const run = (args: readonly string[], env = {}, input = ACCOUNT): Promise<CliRun> =>
  otpsmith([...args, "--simulator", state, "--json"], {
    input,
    env: { OTPSMITH_STATE_DIR: folder, OTPSMITH_PROFILE_DIR: join(folder, "profiles"), ...env },
  });
const single = (): void =>
  void createVirtualToken({
    model: "token2-single:unknown",
    serial: "12345670000001",
    storage: fileFlash(state),
  });

describe("a label of single-profile tokens", () => {
  test("is found by path or by name, and its restrictions count", async () => {
    single();
    const path = await save("acme.json", SINGLE);
    expect((await run(["info"])).result).toMatchObject({ model: null });
    for (const named of [path, "acme"]) {
      expect((await run(["info", "--profile", named])).result).toMatchObject({
        family: "Acme card",
        model: "Acme A",
        traits: { clockWrite: "clears-seeds", seed: { maxBytes: 20 } },
      });
    }
    expect((await run(["burn", "-"])).result).toMatchObject({
      error: { code: "burn/unknown-model" },
    });
    const burned = await run(["burn", "-", "--profile", "acme"]);
    expect(burned.result, burned.stderr).toMatchObject({ exit: 0, model: "Acme A" });
    expect((await run(["clock", "--sync", "--profile", "acme"])).result).toMatchObject({
      exit: 3,
      error: { code: "burn/clears-seed" },
    });
    const long = ACCOUNT.replace("&", `${"B".repeat(32)}&`);
    expect((await run(["burn", "-", "--profile", "acme"], {}, long)).result).toMatchObject({
      error: { code: "burn/seed-too-long" },
    });
  });

  test("a key may lie beside the profile; one that is missing or wrong is named and never shown", async () => {
    single();
    await save("acme.json", { ...SINGLE, key: "file:acme.key" });
    const missing = await run(["info", "--profile", "acme"]);
    expect(missing.result).toMatchObject({
      exit: 3,
      error: {
        code: "format/profile",
        message: "Cannot read token profile: key refers to a key that cannot be read",
      },
    });
    const key = join(folder, "profiles", "acme.key");
    await writeFile(key, `${token2Profile.key}\n`);
    await chmod(key, 0o600);
    const burned = await run(["burn", "-", "--profile", "acme"]);
    expect(burned.result, burned.stderr).toMatchObject({ exit: 0 });
    expect(JSON.stringify(burned.events) + burned.stdout).not.toContain(token2Profile.key);
    await writeFile(key, "no key at all, SECRET");
    const wrong = await run(["info", "--profile", "acme"]);
    expect(wrong.result).toMatchObject({ error: { code: "format/profile" } });
    expect(wrong.stdout + wrong.stderr).not.toContain("SECRET");
  });

  test("another key than the token's is shown once, and nothing is lost", async () => {
    single();
    await save("acme.json", { ...SINGLE, key: KEY });
    const { result } = await run(["burn", "-", "--profile", "acme"]);
    expect(result).toMatchObject({ ok: false, error: { code: "token/bad-key" } });
    expect(fileFlash(state).read()).toMatchObject({ wrongAnswers: 1 });
  });

  test("a name that there is not lists those there are", async () => {
    single();
    await save("acme.json", SINGLE);
    expect((await run(["info", "--profile", "acne"])).result).toMatchObject({
      exit: 3,
      error: { code: "format/profile", next: expect.stringMatching(/ are acme\. Name/) as string },
    });
    expect((await run(["info", "--profile", "./acne.json"])).result).toMatchObject({
      error: { message: "Cannot read token profile: ./acne.json cannot be opened" },
    });
  });
});

describe("a label of multi-profile tokens", () => {
  test("its factory key comes from where the profile says, and settings stand before the seed", async () => {
    createVirtualToken({
      model: "token2-molto2:unknown",
      serial: "123456700000001",
      key: Uint8Array.from(createHash("sha1").update(decodeHex(KEY)).digest().subarray(0, 16)),
      storage: fileFlash(state),
    });
    await save("acme-multi.json", MULTI);
    const args = ["burn", "-", "--slot", "next", "--profile", "acme-multi"];
    expect((await run(args)).result).toMatchObject({ error: { code: "format/profile" } });
    const env = { ACME_KEY: KEY };
    const shown = await run([...args, "--dry-run"], env);
    expect(shown.result, shown.stderr).toMatchObject({
      family: "Acme multi",
      model: "Acme 10",
      plan: { steps: ["authenticate", "write-configuration", "write-seed", "write-title"] },
    });
    const burned = await run(args, env);
    expect(burned.result, burned.stderr).toMatchObject({ exit: 0, proof: { match: true } });
    const sync = ["clock", "--sync", "--slot", "0", "--profile", "acme-multi"];
    expect((await run(sync, env)).result).toMatchObject({ error: { code: "burn/clears-seed" } });
    const wrong = await run([...args.slice(0, 3), "1", "--profile", "acme-multi"], {
      ACME_KEY: KEY.replace("00", "01"),
    });
    expect(wrong.result).toMatchObject({ error: { code: "token/bad-key" }, attemptsLeft: 7 });
  });

  test("a model whose field is wrong is refused by its place", async () => {
    await save("acme-multi.json", {
      ...MULTI,
      models: [{ ...MULTI.models[0], clockWrite: "maybe" }],
    });
    expect((await run(["info", "--profile", "acme-multi"], { ACME_KEY: KEY })).result)
      .toMatchObject({
        error: {
          message:
            "Cannot read token profile: models[0].clockWrite must be keeps-seeds or clears-seeds",
        },
      });
  });
});
