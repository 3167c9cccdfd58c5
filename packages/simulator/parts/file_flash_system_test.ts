import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { afterEach, beforeAll, beforeEach, expect, test } from "vitest";
import { Secret } from "@otpsmith/core/secret";
import { createVirtualToken } from "../virtual_token.ts";
import { fileFlash } from "./file_flash.ts";

const PACKAGE = fileURLToPath(new URL("..", import.meta.url));
const WRITER = join(PACKAGE, "testdata", "flash_writer.mjs");
const SEED = new TextEncoder().encode("12345678901234567890");

let folder: string;
let file: string;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "otpsmith-flash-"));
  file = join(folder, "desk.json");
});
afterEach(() => rmSync(folder, { recursive: true }));

function make(): void {
  createVirtualToken({ storage: fileFlash(file), seed: Secret.copyOf(SEED) });
}

beforeAll(() => {
  // The children run what is published, so it has to be what is tested.
  const tsc = join(PACKAGE, "../../node_modules/typescript/bin/tsc");
  const built = spawnSync(process.execPath, [tsc, "-b", PACKAGE], { encoding: "utf8" });
  expect(built.stdout + built.stderr).toBe("");
}, 120_000);

async function writer(count: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, [WRITER, file, String(count)], {
    stdio: ["ignore", "pipe", "inherit"],
  });
  await once(child.stdout!, "data");
  return child;
}

test("killed at any moment, the file holds the old state or the new one", async () => {
  make();
  let last = 0;
  for (let round = 0; round < 25; round++) {
    const child = await writer(1_000_000);
    // A moment that differs from round to round: after so many changes that are seen from outside.
    const until = last + 1 + round * 3 % 17;
    while (fileFlash(file).read()!.powerCycles < until) await new Promise(setImmediate);
    child.kill("SIGKILL");
    await once(child, "exit");
    const image = fileFlash(file).read()!;
    expect(image.powerCycles).toBeGreaterThanOrEqual(until);
    expect(image.clock.setAt).toBe(image.powerCycles);
    expect(image.stored.seed?.equals(Secret.copyOf(SEED))).toBe(true);
    last = image.powerCycles;
  }
  // Whatever the killed left behind does not stop the next, nor pile up.
  fileFlash(file).update((image) => ({ ...image!, powerCycles: 0 }));
  expect(readdirSync(folder).filter((name) => !/^desk\.json(\.lock\..*)?$/.test(name))).toEqual(
    [],
  );
}, 120_000);

test("take turns: no write is lost", async () => {
  make();
  const children = await Promise.all([writer(60), writer(60), writer(60)]);
  for (let i = 0; i < 20; i++) {
    fileFlash(file).update((image) => ({
      ...image!,
      powerCycles: image!.powerCycles + 1,
      clock: { ...image!.clock, setAt: image!.powerCycles + 1 },
    }));
    await new Promise(setImmediate);
  }
  for (const child of children) {
    if (child.exitCode === null) await once(child, "exit");
    expect(child.exitCode).toBe(0);
  }
  const image = fileFlash(file).read()!;
  expect([image.powerCycles, image.clock.setAt]).toEqual([200, 200]);
  expect(readdirSync(folder)).toEqual(["desk.json"]);
}, 120_000);
