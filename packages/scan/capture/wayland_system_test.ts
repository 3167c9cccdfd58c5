import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { qrencode, SAMPLE } from "../testdata/pictures.ts";
import { type Capturer, openCapturer, probeCapture, scanScreens, watchScreens } from "./mod.ts";
import { Bench, until } from "./testdata/programs.ts";
import { startSwayShowing } from "./testdata/sway.ts";
import { UserSession } from "./testdata/user_session.ts";

vi.setConfig({ testTimeout: 120_000 });
const bench = new Bench();
afterEach(() => bench.clear());

const OTHER = "otpauth://totp/Acme:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Acme";

async function open(env: NodeJS.ProcessEnv): Promise<Capturer> {
  const capturer = await openCapturer({ env, platform: "linux" });
  bench.defer(() => capturer[Symbol.asyncDispose]());
  return capturer;
}

describe("Sway and grim", () => {
  async function desktop(): Promise<NodeJS.ProcessEnv> {
    const session = new UserSession(bench);
    await startSwayShowing(session, qrencode(SAMPLE), qrencode(OTHER));
    return session.env;
  }

  test("a code on each of two monitors of different scale", async () => {
    const env = await desktop();
    const capturer = await open(env);
    expect(capturer.way).toBe("grim");
    await until(async () => {
      expect(await capturer.list()).toEqual([
        { kind: "monitor", id: "1", name: "HEADLESS-1", x: 0, y: 0, width: 1920, height: 1080 },
        { kind: "monitor", id: "2", name: "HEADLESS-2", x: 1920, y: 0, width: 1280, height: 720 },
      ]);
    });
    const { codes } = await until(async () => {
      const found = (await watchScreens(capturer, { what: "screen", timeoutMs: 60_000 }))!;
      expect(found.codes.length).toBe(2);
      return found;
    });
    const seen = codes.map(({ bytes, seen }) => [new TextDecoder().decode(bytes), seen[0]!.name]);
    expect(Object.fromEntries(seen)).toEqual({ [SAMPLE]: "HEADLESS-1", [OTHER]: "HEADLESS-2" });
    // In pixels of the monitor itself: in the middle of 2560 by 1440.
    const right = codes.flatMap((code) => code.seen).find(({ id }) => id === "2")!;
    expect(Math.abs(right.x + right.width / 2 - 1280)).toBeLessThan(4);

    const one = await scanScreens(capturer, { what: "screen", monitor: 2 });
    expect(one.codes.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([OTHER]);
    expect((await watchScreens(capturer, { what: "screen", timeoutMs: 60_000 }))!.codes.length)
      .toBe(2);
  });

  test("windows cannot be had; grim is missing or fails", async () => {
    const env = await desktop();
    const capturer = await open(env);
    await expect(scanScreens(capturer, { what: "windows" })).rejects.toMatchObject({
      code: "format/no-window",
      message: "Cannot read the screen: Wayland shows no program the windows of others",
    });
    const without = await open({ ...env, PATH: "/nonexistent" });
    await expect(scanScreens(without, { what: "screen" })).rejects.toMatchObject({
      code: "format/screen",
      message: "Cannot read the screen: the program grim is not installed",
    });
    expect(await probeCapture({ env: { ...env, PATH: "/nonexistent" }, platform: "linux" }))
      .toMatchObject({ ok: false, code: "no-grim" });
    const folder = bench.folder();
    writeFileSync(join(folder, "grim"), "#!/bin/sh\nexit 1\n", { mode: 0o755 });
    const broken = await open({ ...env, PATH: `${folder}:${env["PATH"]}` });
    await expect(scanScreens(broken, { what: "screen" })).rejects.toMatchObject({
      message: "Cannot read the screen: grim has failed",
    });
  });

  test("no picture touches the disk", async () => {
    const env = await desktop();
    const temporary = bench.folder();
    const before = readdirSync(env["XDG_RUNTIME_DIR"]!);
    const capturer = await open({ ...env, TMPDIR: temporary });
    await watchScreens(capturer, { what: "screen", timeoutMs: 60_000 });
    expect(readdirSync(temporary)).toEqual([]);
    expect(readdirSync(env["XDG_RUNTIME_DIR"]!)).toEqual(before);
  });

  test("what the doctor says", async () => {
    const env = await desktop();
    expect(await probeCapture({ env, platform: "linux" })).toEqual({
      ok: true,
      code: "ok",
      message: "The screen can be read: 2 monitors through grim, not windows",
    });
  });
});

test.each([
  ["no folder", { WAYLAND_DISPLAY: "wayland-7" }],
  ["no socket", { WAYLAND_DISPLAY: "wayland-7", XDG_RUNTIME_DIR: "/nonexistent" }],
])("a compositor that is not there: %s", async (_, env) => {
  await expect(openCapturer({ env, platform: "linux" })).rejects.toMatchObject({
    code: "format/no-display",
  });
});
