import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import sharp from "sharp";
import { afterAll, beforeAll, expect, test } from "vitest";
import { type CliRun, otpsmith } from "./cli_process.ts";
import { Canvas, draw, encode, Random } from "./qr_set/mod.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/Aliyun:alice?secret=${SEED}&issuer=Aliyun`;

let folder: string;
const at = (name: string): string => join(folder, name);

/** A code with a window over a good part of it, its upper left corner among it. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  const canvas = new Canvas(320, 320);
  const symbol = encode(URI, "Q", new Random("covered"));
  draw(canvas, symbol, { x: 32, y: 32, width: 5 });
  canvas.fill({ x: 20, y: 20, width: 110, height: 90 }, [40, 110, 200]);
  const raw = { width: 320, height: 320, channels: 4 } as const;
  await writeFile(at("covered.png"), await sharp(canvas.data, { raw }).png().toBuffer());
});
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(args: readonly string[]): Promise<CliRun> {
  return otpsmith([...args, "--json"], { env: { OTPSMITH_STATE_DIR: folder } });
}

test("a covered code is read, and says so", async () => {
  const { result, stderr } = await run(["scan", at("covered.png")]);
  expect(result).toMatchObject({ exit: 0, codes: [{ issuer: "Aliyun", account: "alice" }] });
  const [code] = result["codes"] as [{ restoredBytes: number }];
  expect(code.restoredBytes).toBeGreaterThan(3);
  expect(stderr).not.toContain(SEED);
});

test("a token that only says of itself that all is right does not prove a restored seed", async () => {
  const key = ["--simulator", at("key.json"), "--token", "oath:yubikey5"];
  const burned = await run(["burn", at("covered.png"), ...key]);
  expect(burned.result).toMatchObject({ ok: false, error: { code: "needs-person/code" } });
  expect(burned.stdout).toContain("restored from the others");
  expect(burned.stdout + burned.stderr).not.toContain(SEED);
});

test("a token whose display was compared does", async () => {
  const burned = await run(["burn", at("covered.png"), "--simulator", at("token.json")]);
  expect(burned.result).toMatchObject({ exit: 0, proof: { level: "display", match: true } });
  expect(burned.stdout).toContain("restored from the others");
});
