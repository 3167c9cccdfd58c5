import { existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, describe, expect, test, vi } from "vitest";
import { qrencode, SAMPLE } from "../testdata/pictures.ts";
import { type Capturer, openCapturer, probeCapture, scanScreens, watchScreens } from "./mod.ts";
import { answer, startGnome } from "./testdata/gnome.ts";
import { Bench, type Program, until } from "./testdata/programs.ts";
import { startSwayShowing } from "./testdata/sway.ts";
import { UserSession } from "./testdata/user_session.ts";

vi.setConfig({ testTimeout: 120_000 });
const bench = new Bench();
afterEach(() => bench.clear());

const OTHER = "otpauth://totp/Acme:bob?secret=GEZDGNBVGY3TQOJQ&issuer=Acme";
const BLANK = await sharp({
  create: { width: 300, height: 200, channels: 3, background: "white" },
}).png().toBuffer();

/** Weston lets no program take pictures: so otpsmith takes the portal. */
async function startWeston(session: UserSession): Promise<void> {
  const args = ["--backend=headless-backend.so", "--socket=weston", "--idle-time=0"];
  const weston = session.start("weston", args);
  await until(() => {
    const isThere = existsSync(join(session.folder, "weston"));
    if (!isThere) throw new Error(`Weston does not come up: ${weston.output()}`);
  });
}

describe("xdg-desktop-portal with the part for wlroots", () => {
  /** Sway, of which the portal takes its pictures, and beside it a Weston that otpsmith looks at. */
  async function desktop(left: Uint8Array, right: Uint8Array): Promise<UserSession> {
    const session = new UserSession(bench, { XDG_CURRENT_DESKTOP: "sway" });
    session.usePortals("wlr", "gtk"); // without the latter's access dialog there is no screenshot
    await startSwayShowing(session, left, right);
    const pipewire = session.start("pipewire", []); // the portal does not start without it
    await until(() => {
      const isThere = existsSync(join(session.folder, "pipewire-0"));
      if (!isThere) throw new Error(`PipeWire does not come up: ${pipewire.output()}`);
    });
    await session.startBus();
    // A call that comes while version 0.7 starts waits for 25 s: so it is started before it is called.
    session.start("/usr/libexec/xdg-desktop-portal-wlr", []);
    const name = "org.freedesktop.impl.portal.desktop.wlr";
    expect(await session.start("gdbus", ["wait", "--session", name]).ended).toBe(0);
    await startWeston(session);
    return session;
  }
  /** Where this portal writes its pictures. */
  const FILE = "/tmp/out.png";

  test("both monitors are read from one picture, and its file is gone", async () => {
    const session = await desktop(qrencode(SAMPLE), qrencode(OTHER));
    const { way, probe, codes, notes } = await session.scan({ WAYLAND_DISPLAY: "weston" });
    expect([way, probe]).toMatchObject(["portal", { ok: true, code: "ok" }]);
    const seen = codes!.map(({ text, seen }) => [text, seen[0]]);
    // The picture has the larger scale of the two.
    const place = { kind: "monitor", id: "1", name: "all monitors" };
    const left = expect.objectContaining({ ...place, x: expect.toSatisfy((x) => x < 3840) });
    const right = expect.objectContaining({ ...place, x: expect.toSatisfy((x) => x > 3840) });
    expect(Object.fromEntries(seen)).toEqual({ [SAMPLE]: left, [OTHER]: right });
    expect(notes).toEqual([
      "The desktop had written the picture to a file, out.png; it was overwritten and deleted.",
    ]);
    expect(existsSync(FILE)).toBe(false);
  });

  test("no code in it: the file is gone all the same, and the person is told of it", async () => {
    const session = await desktop(BLANK, BLANK);
    const { error } = await session.scan({ WAYLAND_DISPLAY: "weston" });
    expect(error).toMatchObject({
      code: "format/no-code",
      next: expect.stringContaining("out.png; it was overwritten and deleted"),
    });
    expect(existsSync(FILE)).toBe(false);
  });

  test("the part for the desktop is missing", async () => {
    const session = new UserSession(bench);
    session.usePortals();
    await session.startBus();
    await startWeston(session);
    const { probe, error } = await session.scan({ WAYLAND_DISPLAY: "weston" });
    expect(probe).toMatchObject({ ok: false, code: "no-portal" });
    expect(error).toMatchObject({
      code: "format/screen",
      message: "Cannot read the screen: the desktop offers no screenshot portal",
    });
  });
});

test("GNOME asks, remembers a no, forgets it when told so, and remembers a yes", async () => {
  const session = new UserSession(bench);
  const picture = join(session.folder, "shown.png");
  writeFileSync(picture, qrencode(SAMPLE));
  await startGnome(session, picture);

  const denied = {
    way: "portal",
    probe: { ok: true, code: "ok" },
    error: {
      code: "format/screen-denied",
      message:
        "Cannot read the screen: the desktop's question was answered with no, and it remembers that",
    },
  };
  const no = answer(session, "no");
  await no.says(/ready/);
  expect(await session.scan()).toMatchObject(denied);
  await no.says(/answered/);
  const again = await session.scan();
  expect(again).toMatchObject(denied);

  const [, forget] = again.error!.next.match(/^To be asked again, run: (gdbus .*)$/)!;
  expect(await session.start("sh", ["-c", forget!]).ended).toBe(0);
  const yes = answer(session, "yes");
  await yes.says(/ready/);
  const read = {
    way: "portal",
    codes: [{ text: SAMPLE, seen: [{ kind: "monitor", id: "1", name: "all monitors" }] }],
    notes: [
      "The desktop had written the picture to a file, Screenshot.png; it was overwritten and deleted.",
    ],
  };
  expect(await session.scan()).toMatchObject(read);
  await yes.says(/answered/);
  expect(await session.scan()).toMatchObject(read);
  expect(readdirSync(join(session.folder, "Pictures"), { recursive: true })).toEqual([]);
});

describe("a portal that does what it is told", () => {
  interface Desktop {
    readonly env: NodeJS.ProcessEnv;
    /** Where the portal lays its pictures down. */
    readonly pictures: string;
    readonly portal: Program | undefined;
  }

  /** Weston, and on a bus of its own, which starts no services, the portal. */
  async function desktop(mode: "refused" | "broken" | "silent" | "old" | "none"): Promise<Desktop> {
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
    const config = join(folder, "bus.conf");
    writeFileSync(
      config,
      `<busconfig><type>session</type><listen>${env["DBUS_SESSION_BUS_ADDRESS"]}</listen>` +
        '<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/><allow own="*"/></policy></busconfig>',
    );
    const bus = bench.start("dbus-daemon", ["--nofork", `--config-file=${config}`], { env });
    await until(() => {
      for (const [name, program] of [["wayland-test", weston], ["bus", bus]] as const) {
        if (!existsSync(join(folder, name))) throw new Error(`${name}: ${program.output()}`);
      }
    });
    if (mode === "none") return { env, pictures, portal: undefined };
    const shot = join(folder, "shot.png");
    writeFileSync(shot, qrencode(SAMPLE));
    const portal = bench.start("/usr/bin/python3", [
      join(import.meta.dirname, "testdata/portal.py"),
      mode,
      shot,
      pictures,
    ], { env });
    await portal.says(/ready/);
    return { env, pictures, portal };
  }

  async function open(env: NodeJS.ProcessEnv): Promise<Capturer> {
    const capturer = await openCapturer({ env, platform: "linux" });
    bench.defer(() => capturer[Symbol.asyncDispose]());
    return capturer;
  }

  test("an old one, which names another place for its answer", async () => {
    const { env, pictures, portal } = await desktop("old");
    const capturer = await open(env);
    expect(capturer.way).toBe("portal");
    const { codes, notes } = await scanScreens(capturer, { what: "screen" });
    expect(codes.map(({ bytes }) => new TextDecoder().decode(bytes))).toEqual([SAMPLE]);
    expect(notes).toEqual([
      "The desktop had written the picture to a file, Screenshot from today.png; " +
      "it was overwritten and deleted.",
    ]);
    expect(readdirSync(pictures)).toEqual([]);
    expect(portal!.output()).toContain("asked at once");
  });

  test.each(
    [
      ["refused", "format/screen-denied", "the desktop has refused"],
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
