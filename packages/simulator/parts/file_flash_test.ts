import { spawnSync } from "node:child_process";
import {
  chmodSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { FormatError } from "@otpsmith/core/errors";
import { Secret } from "@otpsmith/core/secret";
import { authenticate, configCommand, say, seedCommand } from "../testdata/host.ts";
import { createVirtualToken } from "../virtual_token.ts";
import { fileFlash } from "./file_flash.ts";
import type { FlashImage } from "./flash.ts";

const SEED = new TextEncoder().encode("12345678901234567890");

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "otpsmith-flash-"));
  file = join(folder, "desk.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

function make(path = file, seed?: Secret): FlashImage {
  createVirtualToken({ model: "token2-single:C302-i", storage: fileFlash(path), seed });
  return fileFlash(path).read()!;
}

function failure(work: () => unknown): FormatError {
  try {
    work();
  } catch (error) {
    if (error instanceof FormatError) return error;
    throw error;
  }
  throw new Error("nothing was thrown");
}

test("nothing there is not an error; what is made is for its owner alone", () => {
  expect(fileFlash(file).read()).toBeUndefined();
  expect(existsSync(file)).toBe(false);
  make();
  expect(statSync(file).mode & 0o777).toBe(0o600);
  chmodSync(file, 0o644);
  fileFlash(file).update((image) => ({ ...image!, powerCycles: 1 }));
  expect(statSync(file).mode & 0o777).toBe(0o600);
  expect(readdirSync(folder)).toEqual(["desk.json"]); // no lock, no half-written file
});

test("a change that changes nothing writes nothing", () => {
  make();
  const before = statSync(file, { bigint: true });
  fileFlash(file).update((image) => image!);
  const after = statSync(file, { bigint: true });
  expect([after.ino, after.mtimeNs]).toEqual([before.ino, before.mtimeNs]);
});

test("a change that throws leaves the old state and no lock", () => {
  const before = make();
  expect(() =>
    fileFlash(file).update(() => {
      throw new RangeError("no");
    })
  ).toThrow(RangeError);
  expect(fileFlash(file).read()).toEqual(before);
  expect(readdirSync(folder)).toEqual(["desk.json"]);
});

describe("a file that cannot be used gives one clear error", () => {
  test("damaged", () => {
    make(file, Secret.copyOf(SEED));
    writeFileSync(file, readFileSync(file, "utf8").slice(0, -40));
    for (const work of [() => fileFlash(file).read(), () => make()]) {
      const error = failure(work);
      expect(error.message).toBe(`Cannot read token state "${file}": the file is damaged`);
      expect(error.next).toContain("Name another file");
      expect(`${error.stack}${error.cause}`).not.toMatch(/3132333435|12345678901234567890/);
    }
  });

  test("some other, huge file", () => {
    writeFileSync(file, " ".repeat(10_000_000));
    expect(failure(() => fileFlash(file).read()).message).toContain("the file is damaged");
  });

  test("a folder", () => {
    mkdirSync(file);
    const error = failure(() => fileFlash(file).read());
    expect(error.message).toBe(`Cannot read token state "${file}": it is a folder`);
  });

  test("in a folder that does not exist", () => {
    const error = failure(() => make(join(folder, "no", "desk.json")));
    expect(error.message).toContain("its folder does not exist");
    expect(error.next).toBe("Name a file in a folder that exists and that you may write to.");
  });
});

describe("the lock", () => {
  const lock = (): string => `${file}.lock`;

  test("of a dead process is taken away at once", () => {
    make();
    const dead = spawnSync("true").pid;
    writeFileSync(lock(), `${dead} someone`);
    fileFlash(file).update((image) => ({ ...image!, powerCycles: 7 }));
    expect(fileFlash(file).read()?.powerCycles).toBe(7);
    expect(readdirSync(folder)).toEqual(["desk.json"]);
  });

  test("whose owner was killed before it wrote its name is taken away when it is old", () => {
    make();
    writeFileSync(lock(), "");
    utimesSync(lock(), 1000, 1000);
    fileFlash(file).update((image) => ({ ...image!, powerCycles: 8 }));
    expect(fileFlash(file).read()?.powerCycles).toBe(8);
  });

  test("that a living process keeps is an error that names the process and the file", () => {
    make();
    writeFileSync(lock(), `${process.pid} me`);
    const future = new Date("2100-01-01"); // never gets old
    utimesSync(lock(), future, future);
    const error = failure(() => fileFlash(file).update((image) => ({ ...image!, powerCycles: 9 })));
    expect(error.message).toContain(`it is locked, process ${process.pid} keeps it`);
    expect(error.next).toContain(lock());
    expect(fileFlash(file).read()?.powerCycles).toBe(0); // readers need no lock
  });

  test("that was taken away meanwhile makes the writer begin again", () => {
    make();
    const dead = spawnSync("true").pid;
    let calls = 0;
    fileFlash(file).update((image) => {
      if (++calls === 1) writeFileSync(lock(), `${dead} a thief`);
      return { ...image!, powerCycles: image!.powerCycles + 1 };
    });
    expect(calls).toBe(2);
    expect(fileFlash(file).read()?.powerCycles).toBe(1);
  });
});

test("another process's power cycle drops the session here and brings the new seed up", async () => {
  const served = createVirtualToken({ model: "token2-single:C302-i", storage: fileFlash(file) });
  const looked = createVirtualToken({ storage: fileFlash(file) });
  expect(await authenticate(served.card)).toBe("9000");
  expect(await say(served.card, seedCommand(SEED))).toBe("9000");
  expect([served.display().text, looked.display().text]).toEqual(["------", "------"]);
  looked.hands.powerCycle();
  expect(looked.display().code).toMatch(/^\d{6}$/);
  expect(served.display().code).toBe(looked.display().code);
  expect(await say(served.card, configCommand({ seconds: 1 }))).toBe("6983");
});

test("a token whose file was deleted says so", async () => {
  const token = createVirtualToken({ model: "token2-single:C302-i", storage: fileFlash(file) });
  rmSync(file);
  const gone = { message: `Cannot run token: its state "${file}" is gone` };
  await expect(say(token.card, "8041000000")).rejects.toMatchObject(gone);
  expect(failure(() => token.hands.powerCycle())).toMatchObject(gone);
  expect(existsSync(file)).toBe(false);
});
