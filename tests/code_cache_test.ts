import { existsSync } from "node:fs";
import { chmod, mkdir, mkdtemp, readdir, readFile, rm, stat, writeFile } from "node:fs/promises";
import Module from "node:module";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Script } from "node:vm";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { BIN, type CliRun, otpsmith } from "./cli_process.ts";

// What is kept is run the next time, by a program that handles seeds.

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
let home: string;
let folder: string;

beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), "otpsmith-code-"));
  folder = join(home, "otpsmith", "code");
});
afterEach(() => rm(home, { recursive: true, force: true }));

function scan(env: Readonly<Record<string, string>> = {}): Promise<CliRun> {
  const places = { HOME: home, XDG_CACHE_HOME: home };
  const input = `otpauth://totp/Acme:alice?secret=${SEED}&issuer=Acme\n`;
  return otpsmith(["scan", "-", "--json"], { input, env: { ...places, ...env } });
}

async function kept(): Promise<readonly string[]> {
  const all = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
  return all.filter((one) => one.isFile()).map((one) => join(one.parentPath, one.name));
}

const ANSWERED = { ok: true, exit: 0, codes: [{ account: "alice" }] };

test("compiled code is kept where only its owner may go, and holds no seed", async () => {
  expect((await scan()).result).toMatchObject(ANSWERED);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
  const files = await kept();
  expect(files.length).toBeGreaterThan(0);
  for (const file of files) expect(await readFile(file, "latin1")).not.toContain(SEED);
  expect((await scan()).result).toMatchObject(ANSWERED);
});

test("nothing is kept if Node is told not to", async () => {
  expect((await scan({ NODE_DISABLE_COMPILE_CACHE: "1" })).result).toMatchObject(ANSWERED);
  expect(existsSync(folder)).toBe(false);
});

test("a folder that others may write to is not used", async () => {
  await mkdir(folder, { recursive: true });
  await chmod(folder, 0o777);
  expect((await scan()).result).toMatchObject(ANSWERED);
  expect(await kept()).toEqual([]);
});

test("without a place to keep it the command works", async () => {
  const nowhere = join(home, "file");
  await writeFile(nowhere, "");
  expect((await scan({ XDG_CACHE_HOME: nowhere })).result).toMatchObject(ANSWERED);
  expect((await scan({ XDG_CACHE_HOME: "", HOME: "" })).result).toMatchObject(ANSWERED);
});

// From Node 22.1 on the files are Node's own; the folder is all that is ours.
describe.runIf(!("enableCompileCache" in Module))("the launcher's own files", () => {
  const onlyFile = async (): Promise<string> => {
    const [file = "", ...others] = await kept();
    expect(others).toEqual([]);
    return file;
  };

  /** Code that V8 takes for that of the command: of a source that is as long. */
  const plant = async (file: string, mode: number): Promise<void> => {
    const bundle = join(BIN, "../../dist/bundle/main.cjs");
    const { length } = Module.wrap(await readFile(bundle, "latin1"));
    const source = "console.log('{}'); process.exit();".padEnd(length);
    await rm(file);
    await writeFile(file, new Script(source).createCachedData(), { mode });
    await chmod(file, mode);
  };

  test("are written once, for their owner alone", async () => {
    await scan();
    const file = await onlyFile();
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const { mtimeMs } = await stat(file);
    await scan();
    expect((await stat(await onlyFile())).mtimeMs).toBe(mtimeMs);
  });

  test("what others may have written is not run, and is replaced", async () => {
    await scan();
    const file = await onlyFile();
    await plant(file, 0o600);
    expect((await scan()).stdout).toBe("{}\n"); // it would be run, and that would be noticed
    await plant(file, 0o666);
    expect((await scan()).result).toMatchObject(ANSWERED);
    expect((await stat(await onlyFile())).mode & 0o777).toBe(0o600);
    expect((await scan()).result).toMatchObject(ANSWERED);
  });

  test("are replaced when they are damaged", async () => {
    await scan();
    const file = await onlyFile();
    const whole = await readFile(file);
    await writeFile(file, whole.subarray(0, whole.length / 2));
    expect((await scan()).result).toMatchObject(ANSWERED);
    expect((await stat(file)).size).toBeGreaterThan(whole.length * 0.9);
  });

  test("of another version are dropped", async () => {
    await scan();
    const file = await onlyFile();
    const [name = ""] = file.split("/").slice(-1);
    const old = join(folder, `0123${name.slice(4)}`);
    await writeFile(old, "");
    await rm(file);
    await scan();
    expect(await onlyFile()).toBe(file);
  });
});
