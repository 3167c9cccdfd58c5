import { afterEach, expect, test, vi } from "vitest";
import { SAMPLE } from "../testdata/pictures.ts";
import { type Capturer, openCapturer, probeCapture, scanScreens, watchScreens } from "./mod.ts";
import { Bench, until } from "./testdata/programs.ts";
import { XServer } from "./testdata/x_server.ts";

// The module of macOS and Windows has an X11 side. What is between it and the command is tried with that:
// the child process, the pixels, the places. What macOS and Windows answer it was tried by nobody.

vi.setConfig({ testTimeout: 120_000 });
const bench = new Bench();
afterEach(() => bench.clear());

async function open(env: NodeJS.ProcessEnv): Promise<Capturer> {
  const capturer = await openCapturer({ env, platform: "win32" });
  bench.defer(() => capturer[Symbol.asyncDispose]());
  return capturer;
}

test("a code on the screen, and one in a window of its own", async () => {
  const x = await XServer.start(bench, { size: "1280x1024x24" });
  await x.manage();
  await x.show(SAMPLE, { title: "Aliyun console", at: "+300+200" });
  const capturer = await open(x.env);
  expect(capturer.way).toBe("native");
  const found = (await watchScreens(capturer, { what: "screen", timeoutMs: 60_000 }))!;
  expect(found.codes.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([SAMPLE]);
  const [monitor, window] = found.codes[0]!.seen;
  expect(monitor).toMatchObject({ kind: "monitor", id: "1" });
  expect(Math.abs(monitor!.x - 316)).toBeLessThan(40); // the window manager's frame
  expect(window).toMatchObject({ kind: "window", name: "Display-im6.q16" }); // the module reads no WM_NAME
  const alone = await scanScreens(capturer, { what: "screen", window: "display" });
  expect(alone.codes.length).toBe(1);
  await expect(scanScreens(capturer, { what: "screen", window: "Notes" })).rejects.toMatchObject({
    code: "format/no-window",
  });
  expect(await probeCapture({ env: x.env, platform: "win32" })).toMatchObject({
    ok: true,
    message: "The screen can be read: 1 monitor through the system, and windows under others",
  });
});

test("where the module fails hard, the command says so and lives", async () => {
  const capturer = await open({ PATH: process.env["PATH"], DISPLAY: "" });
  await expect(scanScreens(capturer, { what: "screen" })).rejects.toMatchObject({
    code: "format/screen",
    message: "Cannot read the screen: the system has refused it",
  });
});

test("a black screen of macOS means that the permission is missing", async () => {
  const x = await XServer.start(bench, { size: "800x600x24", more: ["-br"] });
  await x.manage();
  const capturer = await openCapturer({ env: x.env, platform: "darwin" });
  await until(() =>
    expect(scanScreens(capturer, { what: "screen", monitor: 1 })).rejects.toMatchObject({
      code: "format/screen-denied",
      next: expect.stringContaining("Screen & System Audio Recording"),
    })
  );
});
