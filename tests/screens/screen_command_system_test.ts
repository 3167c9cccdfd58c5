import { existsSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { Bench, until } from "../../packages/scan/capture/testdata/programs.ts";
import { XServer } from "../../packages/scan/capture/testdata/x_server.ts";
import { qrencode } from "../../packages/scan/testdata/pictures.ts";
import { type CliRun, otpsmith } from "../cli_process.ts";

// The built command on private X servers, as a person uses it.

const SEED = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const LINK = `otpauth://totp/Aliyun:alice?secret=${SEED}&issuer=Aliyun`;
const OTHER_SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const OTHER = `otpauth://totp/Acme:bob?secret=${OTHER_SEED}&issuer=Acme`;

vi.setConfig({ testTimeout: 180_000 }); // they wait for programs that draw, on a busy machine
const bench = new Bench();
afterEach(() => bench.clear());

interface Desk {
  readonly x: XServer;
  /** Runs the command there. */
  readonly run: (...args: readonly string[]) => Promise<CliRun>;
}

/** Two monitors with a code on the right one; no run may show a seed. */
async function desk(): Promise<Desk> {
  const x = await XServer.start(bench);
  await x.twoMonitors();
  await x.show(LINK, { title: "Aliyun console", at: "+2000+300" });
  const env = { ...x.env, OTPSMITH_STATE_DIR: bench.folder() } as Record<string, string>;
  const run = async (...args: readonly string[]): Promise<CliRun> => {
    const ended = await otpsmith(args, { env });
    expect(ended.stdout + ended.stderr).not.toMatch(/JBSWY3DP|GEZDGNBV/i);
    return ended;
  };
  expect((await run("scan", "screen", "--watch", "--timeout", "100")).exit).toBe(0);
  return { x, run };
}

test("scan screen says what is shown, and where", async () => {
  const { run } = await desk();
  const people = await run("scan", "screen");
  expect(people.stdout).toMatch(
    /^Seen: {7}monitor 2 \(RIGHT\) at 41\d, 31\d, in window "Aliyun console"\nAccount: {4}Aliyun: alice\n/,
  );
  const { result } = await run("scan", "screen", "--json");
  expect(result).toMatchObject({
    command: "scan",
    ok: true,
    exit: 0,
    codes: [{
      kind: "otpauth",
      issuer: "Aliyun",
      account: "alice",
      secretBytes: 20,
      seen: [{ kind: "monitor", id: "2", name: "RIGHT", inWindow: "Aliyun console" }],
    }],
  });
});

test("scan screen --list names monitors and windows", async () => {
  const { run } = await desk();
  const { stdout } = await run("scan", "screen", "--list");
  expect(stdout).toMatch(
    /^monitor 1 +1600 x 1080 at 0, 0 +LEFT\nmonitor 2 +1600 x 1080 at 1600, 0 +RIGHT\nwindow 0x[0-9a-f]+ +\d+ x \d+ at 2000, 300 +Aliyun console\n$/,
  );
  const { result } = await run("scan", "screen", "--list", "--json");
  expect(result).toMatchObject({
    ok: true,
    screens: [
      { kind: "monitor", id: "1", name: "LEFT", x: 0, y: 0, width: 1600, height: 1080 },
      { kind: "monitor", id: "2", name: "RIGHT", x: 1600 },
      { kind: "window", name: "Aliyun console", x: 2000, y: 300 },
    ],
  });
});

test("monitors and windows are chosen; what is not there is named", async () => {
  const { run } = await desk();
  expect(await run("scan", "screen", "--monitor", "1")).toMatchObject({
    exit: 3,
    stderr: "Cannot find a QR code on the screen: none that can be read is shown\n" +
      "Show the whole code, sharp and with nothing in front of it; --watch waits for it.\n",
  });
  expect((await run("scan", "screen", "--monitor", "2")).exit).toBe(0);
  expect((await run("scan", "window", "--window", "console")).exit).toBe(0);
  expect((await run("scan", "screen", "--window", "Notes")).stderr).toBe(
    "Cannot read the screen: no window that is shown has that title or number\n" +
      "See 'otpsmith scan screen --list' for what there is.\n",
  );
});

test("burn, import and check take the screen where they take a file", async () => {
  const { run, x } = await desk();
  const token = join(bench.folder(), "token.json");
  const burn = await run("burn", "screen", "--simulator", token, "--yes", "--json");
  expect(burn.result).toMatchObject({ command: "burn", ok: true, exit: 0 });
  expect(existsSync(token)).toBe(true);
  const imported = await run("import", "screen", "--json");
  expect(imported.result).toMatchObject({
    ok: true,
    tokens: [{ issuer: "Aliyun", account: "alice" }],
  });

  // Two accounts: nobody chooses for the person.
  await x.show(OTHER, { title: "Acme", at: "+100+100" });
  await until(async () => {
    const both = await run("check", "screen", "--json");
    expect(both.result).toMatchObject({ exit: 4, error: { code: "needs-person/choose-code" } });
  }, 60_000);
  const picked = await run("check", "screen", "--pick", "1", "--json");
  expect(picked.result).toMatchObject({ ok: true });
});

describe("watching", () => {
  test("--watch waits until there is a code", async () => {
    const x = await XServer.start(bench);
    let waiting = "";
    const run = otpsmith(["scan", "screen", "--watch", "--json"], {
      env: x.env as Record<string, string>,
      onStart: ({ stdout }) => stdout!.on("data", (text: Buffer) => waiting += text.toString()),
    });
    await until(() => expect(waiting).toContain('"event":"waiting"'));
    await x.show(LINK, { title: "late", at: "+100+100" });
    expect((await run).result).toMatchObject({ ok: true, codes: [{ account: "alice" }] });
  });

  test("--timeout ends it with 4, Ctrl-C with 3", async () => {
    const x = await XServer.start(bench);
    const env = x.env as Record<string, string>;
    const late = await otpsmith(["scan", "screen", "--watch", "--timeout", "1"], { env });
    expect(late).toMatchObject({ exit: 4, stdout: "" });
    expect(late.stderr).toBe(
      "Waiting for a QR code to be shown. Ctrl-C ends it.\n" +
        "Cannot find a QR code on the screen: none was shown in 1 seconds\n" +
        "Show the whole code, sharp and with nothing in front of it, or give it more time.\n",
    );
    let stop: (() => void) | undefined;
    const stopped = otpsmith(["scan", "screen", "--watch", "--json"], {
      env,
      onStart: (child) => {
        stop = () => process.kill(child.pid!, "SIGINT");
        child.stdout!.once("data", () => stop!());
      },
    });
    expect((await stopped).result).toMatchObject({
      ok: false,
      exit: 3,
      error: { code: "stopped" },
    });
  });
});

describe("what stands in the way is named with its fix", () => {
  const env = { DISPLAY: "", WAYLAND_DISPLAY: "" };

  test("no display", async () => {
    const { exit, stderr } = await otpsmith(["scan", "screen"], { env });
    expect(exit).toBe(3);
    expect(stderr).toContain("Cannot read the screen: ");
    expect(stderr.split("\n").length).toBe(3);
  });

  test.each([
    [["scan", "qr.png", "--monitor", "1"], "usage/screen-options"],
    [["scan", "qr.png", "--watch"], "usage/screen-options"],
    [["scan", "qr.png", "--list"], "usage/screen-options"],
    [["scan", "window", "--monitor", "1"], "usage/window-and-monitor"],
    [["scan", "qr.png", "--clear-clipboard"], "usage/screen-options"],
    [["scan", "screen", "--timeout", "5"], "usage/screen-options"],
  ])("%j", async (args, code) => {
    const { result } = await otpsmith([...args, "--json"], { env });
    expect(result).toMatchObject({ exit: 2, error: { code } });
  });

  test("a file that is called screen is named with its folder", async () => {
    const path = join(bench.folder(), "screen");
    writeFileSync(path, LINK);
    expect((await otpsmith(["scan", path], { env })).exit).toBe(0);
  });
});

describe("the clipboard", () => {
  test("scan, import and burn take what was copied; --clear-clipboard empties it", async () => {
    const x = await XServer.start(bench, { size: "640x480x24" });
    const env = { ...x.env, OTPSMITH_STATE_DIR: bench.folder() } as Record<string, string>;
    const copied = join(bench.folder(), "copied.png");
    writeFileSync(copied, qrencode(LINK));
    const args = ["-quiet", "-selection", "clipboard", "-t", "image/png", copied];
    const owner = bench.start("xclip", args, { env: x.env });
    const scan = await until(async () => {
      const ended = await otpsmith(["scan", "clipboard", "--json"], { env });
      expect(ended.result).toMatchObject({ ok: true, codes: [{ account: "alice" }] });
      return ended;
    }, 60_000);
    expect(scan.events).toEqual([{
      event: "note",
      message: "The seed is still in the clipboard: copy something else, or use --clear-clipboard.",
    }]);
    expect((await otpsmith(["import", "clipboard", "--json"], { env })).result).toMatchObject({
      ok: true,
      tokens: [{ account: "alice" }],
    });
    const token = join(bench.folder(), "token.json");
    const burn = await otpsmith(
      ["burn", "clipboard", "--clear-clipboard", "--simulator", token, "--yes", "--json"],
      { env },
    );
    expect(burn.result).toMatchObject({ ok: true });
    expect(await owner.ended).toBe(0); // it ends when it has lost the clipboard
    const empty = await otpsmith(["scan", "clipboard"], { env });
    expect(empty).toMatchObject({
      exit: 3,
      stderr: "Cannot read the clipboard: it is empty\n" +
        "Copy the picture of the QR code, or its link, and try again.\n",
    });
  });

  test("what holds no seed is not cleared", async () => {
    const x = await XServer.start(bench, { size: "640x480x24" });
    const env = x.env as Record<string, string>;
    const text = join(bench.folder(), "text");
    writeFileSync(text, "86596321234567");
    bench.start("xclip", ["-quiet", "-selection", "clipboard", text], { env });
    await until(async () => {
      const { result } = await otpsmith(["scan", "clipboard", "--clear-clipboard", "--json"], {
        env,
      });
      expect(result).toMatchObject({ exit: 3, is: "serial-number" });
    }, 60_000);
    const again = await otpsmith(["scan", "clipboard", "--json"], { env });
    expect(again.result).toMatchObject({ is: "serial-number" });
  });
});
