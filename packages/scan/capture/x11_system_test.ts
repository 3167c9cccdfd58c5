import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { SAMPLE } from "../testdata/pictures.ts";
import {
  type Capturer,
  type CaptureRequest,
  openCapturer,
  scanScreens,
  type SeenCodes,
  watchScreens,
} from "./mod.ts";
import { Bench, until } from "./testdata/programs.ts";
import { XServer } from "./testdata/x_server.ts";

const OTHER = "otpauth://totp/Acme:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Acme";

vi.setConfig({ testTimeout: 180_000 }); // they wait for programs that draw, on a busy machine
const bench = new Bench();
afterEach(() => bench.clear());

async function open(env: NodeJS.ProcessEnv): Promise<Capturer> {
  const capturer = await openCapturer({ env });
  bench.defer(() => capturer[Symbol.asyncDispose]());
  return capturer;
}

function texts({ codes }: SeenCodes): readonly string[] {
  return codes.map(({ bytes }) => new TextDecoder().decode(bytes)).sort();
}

/** Waits until a program has drawn a code: a watch looks quickly where nothing is shown yet. */
async function shown(
  capturer: Capturer,
  request: CaptureRequest = { what: "screen" },
): Promise<SeenCodes> {
  const found = await watchScreens(capturer, { ...request, timeoutMs: 120_000 });
  if (!found) throw new Error("no code is shown");
  return found;
}

/** Two monitors of 1600 by 1080 side by side. */
async function desktop(options?: Parameters<typeof XServer.start>[1]): Promise<XServer> {
  const x = await XServer.start(bench, options);
  await x.twoMonitors();
  return x;
}

describe("monitors", () => {
  test("a code on each of two is found, with its place and the window it is in", async () => {
    const x = await desktop();
    await x.show(SAMPLE, { title: "Aliyun console", at: "+2000+300" });
    await x.show(OTHER, { title: "Acme", at: "+100+50" });
    const capturer = await open(x.env);
    expect(capturer.way).toBe("x11");
    const found = await until(async () => {
      const seen = await shown(capturer);
      expect(texts(seen)).toEqual([OTHER, SAMPLE]);
      return seen;
    });
    // 4 pixels a module and a quiet zone of 4: the code begins 16 pixels inside its window.
    const [right, left] = ["RIGHT", "LEFT"].map((name) =>
      found.codes.flatMap(({ seen }) => seen).find((sighting) => sighting.name === name)!
    );
    expect(right).toMatchObject({ kind: "monitor", id: "2", inWindow: "Aliyun console" });
    expect(left).toMatchObject({ kind: "monitor", id: "1", inWindow: "Acme" });
    expect(Math.abs(right!.x - (400 + 16))).toBeLessThan(4);
    expect(Math.abs(right!.y - (300 + 16))).toBeLessThan(4);
    expect(Math.abs(right!.width - (232 - 32))).toBeLessThan(6);
    // The windows are to be seen in full: they are not looked at a second time.
    expect(found.codes.map(({ seen }) => seen.length)).toEqual([1, 1]);

    const one = await scanScreens(capturer, { what: "screen", monitor: 2 });
    expect(texts(one)).toEqual([SAMPLE]);
    await expect(scanScreens(capturer, { what: "screen", monitor: 3 })).rejects.toMatchObject({
      code: "format/no-monitor",
      message: "Cannot read the screen: there is no monitor 3, only 2",
    });
  });

  test("a server without RandR is one monitor", async () => {
    const x = await XServer.start(bench, { more: ["-extension", "RANDR"] });
    await x.show(SAMPLE, { title: "code", at: "+10+10" });
    const capturer = await open(x.env);
    const { codes } = await shown(capturer);
    expect(codes[0]!.seen[0]).toMatchObject({ kind: "monitor", id: "1", name: "screen" });
  });

  test.each([["16 bits a pixel", "1200x800x16"], ["30 bits a pixel", "1200x800x30"]])(
    "%s",
    async (_, size) => {
      const x = await XServer.start(bench, { size });
      await x.show(SAMPLE, { title: "code", at: "+10+10" });
      const capturer = await open(x.env);
      expect(texts(await shown(capturer))).toEqual([SAMPLE]);
    },
  );

  test("a table of colours is refused", async () => {
    const x = await XServer.start(bench, { size: "800x600x8" });
    const capturer = await open(x.env);
    await expect(scanScreens(capturer, { what: "screen" })).rejects.toMatchObject({
      code: "format/screen",
    });
  });
});

describe.each([
  ["without a window manager", false],
  ["with the window manager openbox", true],
])("windows %s", (_, managed) => {
  test("a code under another window is read", async () => {
    const x = await desktop();
    if (managed) await x.manage();
    await x.show(SAMPLE, { title: "Aliyun console", at: "+300+300" });
    await x.cover({ title: "Notes", at: "800x700+200+200" });
    const capturer = await open(x.env);
    const monitors = await until(async () => {
      const targets = await capturer.list();
      const names = targets.filter(({ kind }) => kind === "window").map(({ name }) => name);
      expect(names).toEqual(["Notes", "Aliyun console"]);
      return targets.filter(({ kind }) => kind === "monitor").length;
    });
    expect(monitors).toBe(2);
    // Nothing on the monitors; the window has it.
    await until(() =>
      expect(scanScreens(capturer, { what: "screen", monitor: 1 })).rejects.toMatchObject({
        code: "format/no-code",
      })
    );
    const found = await shown(capturer);
    expect(texts(found)).toEqual([SAMPLE]);
    expect(found.codes[0]!.seen).toMatchObject([{ kind: "window", name: "Aliyun console" }]);
    const id = found.codes[0]!.seen[0]!.id;

    for (const window of ["aliyun", id, String(Number(id))]) {
      expect(texts(await scanScreens(capturer, { what: "screen", window }))).toEqual([SAMPLE]);
    }
    expect(texts(await scanScreens(capturer, { what: "windows" }))).toEqual([SAMPLE]);
    await expect(scanScreens(capturer, { what: "windows", window: "Notes" })).rejects
      .toMatchObject({ code: "format/no-code" });
    await expect(scanScreens(capturer, { what: "screen", window: "no such" })).rejects
      .toMatchObject({ code: "format/no-window" });
  });
});

describe("windows", () => {
  test("the same code on a monitor and in a covered window is one code, seen twice", async () => {
    const x = await desktop();
    await x.show(SAMPLE, { title: "below", at: "+300+300" });
    await x.cover({ title: "Notes", at: "800x700+200+200" });
    await x.show(SAMPLE, { title: "above", at: "+2000+300" });
    const capturer = await open(x.env);
    await until(async () => {
      const { codes } = await scanScreens(capturer, { what: "screen" });
      expect(codes.length).toBe(1);
      expect(codes[0]!.seen).toMatchObject([
        { kind: "monitor", name: "RIGHT", inWindow: "above" },
        { kind: "window", name: "below" },
      ]);
    });
  });

  test("one that hangs over the edge of the screen is read as a whole", async () => {
    const x = await desktop();
    await x.show(SAMPLE, { title: "half outside", at: "+-116+300" });
    const capturer = await open(x.env);
    const { codes } = await shown(capturer);
    expect(codes[0]!.seen).toMatchObject([{ kind: "window", name: "half outside" }]);
  });

  test("a program that draws only what is to be seen is asked to draw the rest", async () => {
    const x = await desktop();
    await x.browse(SAMPLE, { at: "100,100", size: "700,600" });
    const capturer = await open(x.env);
    await shown(capturer, { what: "screen", monitor: 1 });
    await x.cover({ title: "Notes", at: "1500x1000+0+0" });
    await until(() =>
      expect(scanScreens(capturer, { what: "screen", monitor: 1 })).rejects.toMatchObject({
        code: "format/no-code",
      })
    );
    const later = await open(x.env);
    const found = await watchScreens(later, { what: "screen", timeoutMs: 40_000 });
    expect(texts(found!)).toEqual([SAMPLE]);
    expect(found!.codes[0]!.seen).toMatchObject([{ kind: "window" }]);
  });
});

describe("Xwayland", () => {
  /** Xwayland over Weston: a terminal that knows of its X server alone. */
  async function desktop(...more: readonly string[]): Promise<XServer> {
    const folder = bench.folder();
    const env = { PATH: process.env["PATH"], HOME: folder, XDG_RUNTIME_DIR: folder };
    const args = ["--backend=headless-backend.so", "--socket=wayland-x", "--idle-time=0"];
    const weston = bench.start("weston", args, { env });
    await until(() => {
      if (!existsSync(join(folder, "wayland-x"))) throw new Error(weston.output());
    });
    return await XServer.startXwayland(bench, { ...env, WAYLAND_DISPLAY: "wayland-x" }, more);
  }

  test("without a root of its own it has no monitors, and each window is read by itself", async () => {
    const x = await desktop("-rootless");
    const capturer = await open(x.env);
    expect(await capturer.list()).toEqual([]);
    expect(await capturer.capture({ what: "screen" })).toEqual({ captures: [], notes: [] });
    await x.show(SAMPLE, { title: "in full", at: "+100+50" });
    const found = await shown(capturer);
    expect(texts(found)).toEqual([SAMPLE]);
    expect(found.codes[0]!.seen).toMatchObject([{ kind: "window", name: "in full" }]);
    await expect(scanScreens(capturer, { what: "screen", monitor: 1 })).rejects.toMatchObject({
      code: "format/no-monitor",
    });
  });

  test("with one it is a screen as any other", async () => {
    const x = await desktop();
    await x.show(SAMPLE, { title: "in full", at: "+100+50" });
    const found = await shown(await open(x.env));
    expect(texts(found)).toEqual([SAMPLE]);
    expect(found.codes[0]!.seen).toMatchObject([{ kind: "monitor", inWindow: "in full" }]);
  });
});

describe("watching", () => {
  test("a code that appears later is found; the rest is not searched again and again", async () => {
    const x = await desktop();
    const capturer = await open(x.env);
    let looks = 0;
    const watch = watchScreens(capturer, {
      what: "screen",
      onLook: (count) => looks = count,
    });
    await until(() => expect(looks).toBeGreaterThan(1));
    await x.show(SAMPLE, { title: "late", at: "+2000+300" });
    expect(texts((await watch)!)).toEqual([SAMPLE]);
  });

  test("it ends when the time is over, and at once when it is stopped", async () => {
    const x = await desktop();
    const capturer = await open(x.env);
    expect(await watchScreens(capturer, { what: "screen", timeoutMs: 1000 })).toBeUndefined();
    const stop = new AbortController();
    const watch = watchScreens(capturer, {
      what: "screen",
      signal: stop.signal,
      onLook: () => stop.abort(new Error("enough")),
    });
    await expect(watch).rejects.toThrow("enough");
  });
});

describe("who may look", () => {
  test("the cookie of .Xauthority is shown; without the right one the server refuses", async () => {
    const folder = bench.folder();
    const [right, wrong] = [join(folder, "right"), join(folder, "wrong")];
    const cookie = (digit: string): string => digit.repeat(32);
    writeFileSync(right, "");
    writeFileSync(wrong, "");
    await bench.run("xauth", ["-f", right, "add", ":0", ".", cookie("a")]);
    const x = await XServer.start(bench, { more: ["-auth", right] });
    const number = x.env["DISPLAY"]!;
    await bench.run("xauth", ["-f", right, "add", number, ".", cookie("a")]);
    await bench.run("xauth", ["-f", wrong, "add", number, ".", cookie("b")]);

    const capturer = await open({ ...x.env, XAUTHORITY: right });
    expect((await capturer.list()).length).toBe(1);
    const refused = openCapturer({ env: { ...x.env, XAUTHORITY: wrong } });
    await expect(refused).rejects.toMatchObject({
      code: "format/screen-denied",
      message: "Cannot read the screen: the X server does not let this user in",
    });
  });

  test("a server over TCP, as through SSH", async () => {
    const x = await XServer.start(bench, { more: ["-listen", "tcp", "-ac"] });
    const env = { ...x.env, DISPLAY: `127.0.0.1${x.env["DISPLAY"]}.0` };
    const capturer = await open(env);
    expect((await capturer.list()).length).toBe(1);
  });

  test.each([["none is named", ""], ["it is no display", "nonsense"], [
    "nobody answers",
    ":48731",
  ]])(
    "no display: %s",
    async (_, DISPLAY) => {
      await expect(openCapturer({ env: { DISPLAY }, platform: "linux" })).rejects.toMatchObject({
        code: "format/no-display",
      });
    },
  );
});
