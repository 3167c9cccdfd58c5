import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { qrencode, SAMPLE } from "../testdata/pictures.ts";
import { type Capturer, openCapturer, probeCapture, scanScreens, watchScreens } from "./mod.ts";
import { Bench, type Program, until } from "./testdata/programs.ts";
import { startSway } from "./testdata/sway.ts";

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
  /** Two monitors of different scale, each with a code in its middle. */
  async function desktop(): Promise<NodeJS.ProcessEnv> {
    const shared = bench.folder();
    const [left, right] = [join(shared, "left.png"), join(shared, "right.png")];
    writeFileSync(left, qrencode(SAMPLE));
    writeFileSync(right, qrencode(OTHER));
    await bench.run("chmod", ["-R", "a+rX", shared]);
    return await startSway(
      bench,
      `output HEADLESS-1 mode 1920x1080 position 0 0 scale 1 bg ${left} center #808080\n` +
        `output HEADLESS-2 mode 2560x1440 position 1920 0 scale 2 bg ${right} center #808080\n`,
    );
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

describe("the portal of a desktop without screencopy", () => {
  interface Desktop {
    readonly env: NodeJS.ProcessEnv;
    /** Where the portal lays its pictures down. */
    readonly pictures: string;
    readonly portal: Program | undefined;
  }

  /** Weston, and on a bus of its own a portal that does what it is told. */
  async function desktop(
    mode: "yes" | "no" | "broken" | "silent" | "old" | "none",
    shown: Buffer = qrencode(SAMPLE),
  ): Promise<Desktop> {
    const folder = bench.folder();
    const pictures = join(folder, "Pictures");
    mkdirSync(pictures);
    const env: NodeJS.ProcessEnv = {
      PATH: process.env["PATH"],
      HOME: folder,
      XDG_RUNTIME_DIR: folder,
      WAYLAND_DISPLAY: "wayland-test",
      DBUS_SESSION_BUS_ADDRESS: `unix:path=${join(folder, "bus")}`,
    };
    const args = ["--backend=headless-backend.so", "--socket=wayland-test", "--idle-time=0"];
    const weston = bench.start("weston", args, { env: { ...env, WAYLAND_DISPLAY: undefined } });
    const bus = bench.start("dbus-daemon", [
      "--session",
      "--nofork",
      `--address=${env["DBUS_SESSION_BUS_ADDRESS"]}`,
    ], { env });
    await until(() => {
      for (const [name, program] of [["wayland-test", weston], ["bus", bus]] as const) {
        if (!existsSync(join(folder, name))) throw new Error(`${name}: ${program.output()}`);
      }
    });
    if (mode === "none") return { env, pictures, portal: undefined };
    const shot = join(folder, "shot.png");
    writeFileSync(shot, shown);
    const portal = bench.start("/usr/bin/python3", [
      join(import.meta.dirname, "testdata/portal.py"),
      mode,
      shot,
      pictures,
    ], { env });
    await portal.says(/ready/);
    return { env, pictures, portal };
  }

  test.each(["yes", "old"] as const)(
    "consent (%s): the code is read, the file is gone",
    async (mode) => {
      const { env, pictures, portal } = await desktop(mode);
      const capturer = await open(env);
      expect(capturer.way).toBe("portal");
      const { codes, notes } = await scanScreens(capturer, { what: "screen" });
      expect(codes.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([SAMPLE]);
      expect(codes[0]!.seen).toMatchObject([{ kind: "monitor", id: "1", name: "all monitors" }]);
      expect(notes).toEqual([
        "The desktop had written the picture to a file, Screenshot from today.png; " +
        "it was overwritten and deleted.",
      ]);
      expect(readdirSync(pictures)).toEqual([]);
      expect(portal!.output()).toContain("asked at once");
      expect(await probeCapture({ env, platform: "linux" })).toMatchObject({
        ok: true,
        code: "ok",
      });
    },
  );

  test("no code in it: the file is gone all the same, and the person is told of it", async () => {
    const blank = await sharp({
      create: { width: 300, height: 200, channels: 3, background: "white" },
    }).png().toBuffer();
    const { env, pictures } = await desktop("yes", blank);
    const capturer = await open(env);
    await expect(scanScreens(capturer, { what: "screen", monitor: 1 })).rejects.toMatchObject({
      code: "format/no-code",
      next: expect.stringContaining("it was overwritten and deleted"),
    });
    expect(readdirSync(pictures)).toEqual([]);
  });

  test.each(
    [
      ["no", "format/screen-denied", "the desktop's question was answered with no"],
      [
        "broken",
        "format/screen",
        "the desktop could not take a picture, or does not let programs do so",
      ],
      ["none", "format/screen", "the desktop offers no screenshot portal"],
    ] as const,
  )("refusal (%s) is explained", async (mode, code, state) => {
    const { env } = await desktop(mode);
    const capturer = await open(env);
    const error = await scanScreens(capturer, { what: "screen" }).catch((reason: unknown) =>
      reason
    );
    expect(error).toMatchObject({ code, message: `Cannot read the screen: ${state}` });
    expect((error as { next: string }).next).toContain(
      "Take a screenshot with the desktop's own key",
    );
  });

  test("no bus, no portal for the doctor, windows and watching", async () => {
    const { env } = await desktop("none");
    const capturer = await open({ ...env, DBUS_SESSION_BUS_ADDRESS: "unix:path=/nonexistent" });
    await expect(scanScreens(capturer, { what: "screen" })).rejects.toMatchObject({
      message:
        "Cannot read the screen: there is no session bus, through which the desktop would be asked",
    });
    expect(await probeCapture({ env, platform: "linux" })).toMatchObject({
      ok: false,
      code: "no-portal",
    });
    await expect(scanScreens(capturer, { what: "windows" })).rejects.toMatchObject({
      code: "format/no-window",
    });
    await expect(scanScreens(capturer, { what: "screen", monitor: 2 })).rejects.toMatchObject({
      code: "format/no-monitor",
    });
    await expect(watchScreens(capturer, { what: "screen" })).rejects.toMatchObject({
      code: "format/screen",
    });
  });

  test("the question is taken back when the person stops", async () => {
    const { env, portal } = await desktop("silent");
    const stop = new AbortController();
    const capturer = await openCapturer({ env, platform: "linux", signal: stop.signal });
    const scan = scanScreens(capturer, { what: "screen", signal: stop.signal });
    scan.catch(() => undefined);
    await portal!.says(/asked/);
    stop.abort(new Error("enough"));
    await expect(scan).rejects.toThrow("enough");
    await portal!.says(/closed/);
  });
});
