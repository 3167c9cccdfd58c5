import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { writeFileSync } from "node:fs";
import { join } from "node:path";
import sharp from "sharp";
import { afterEach, expect, test, vi } from "vitest";
import { scanImage, type SourceContent } from "../mod.ts";
import { qrencode, SAMPLE } from "../testdata/pictures.ts";
import { clearClipboard, readClipboard } from "./mod.ts";
import { Bench, type Program, until } from "./testdata/programs.ts";
import { startSway } from "./testdata/sway.ts";
import { UserSession } from "./testdata/user_session.ts";
import { XServer } from "./testdata/x_server.ts";

vi.setConfig({ testTimeout: 120_000 });
const bench = new Bench();
afterEach(() => bench.clear());

/** What a person copies: a picture or a text, in one of its forms. */
interface Copied {
  readonly form: string;
  readonly bytes: Uint8Array;
}

/** A session with a clipboard. */
interface Session {
  readonly env: NodeJS.ProcessEnv;
  copy(what: Copied): Promise<Program>;
}

const SESSIONS: readonly (readonly [string, () => Promise<Session>])[] = [
  ["X11", async () => {
    const { env } = await XServer.start(bench, { size: "640x480x24" });
    return {
      env,
      copy: ({ form, bytes }) =>
        copyWith("xclip", bytes, { env, args: ["-quiet", "-selection", "clipboard", "-t", form] }),
    };
  }],
  ["Wayland", async () => {
    const session = new UserSession(bench);
    await startSway(session, "output * bg #808080 solid_color\n");
    const { env } = session;
    return {
      env,
      copy: ({ form, bytes }) =>
        copyWith("wl-copy", bytes, { env, args: ["--foreground", "--type", form] }),
    };
  }],
];

async function copyWith(
  command: string,
  bytes: Uint8Array,
  { env, args }: { readonly env: NodeJS.ProcessEnv; readonly args: readonly string[] },
): Promise<Program> {
  const path = join(bench.folder(), "copied");
  writeFileSync(path, bytes);
  return bench.start("sh", ["-c", `exec ${command} "$@" < "$0"`, path, ...args], { env });
}

/** Waits until the other program has taken the clipboard. */
function copied(env: NodeJS.ProcessEnv): Promise<SourceContent> {
  return until(() => readClipboard({ env, platform: "linux" }));
}

const text = (content: SourceContent): string => new TextDecoder().decode(content.bytes);

test.each(SESSIONS)("%s: a picture that was copied", async (_, session) => {
  const { env, copy } = await session();
  await copy({ form: "image/png", bytes: qrencode(SAMPLE) });
  const content = await copied(env);
  expect(content).toMatchObject({ kind: "picture", source: "the clipboard" });
  const [code] = await scanImage(content.bytes, { source: content.source });
  expect(new TextDecoder().decode(code!.bytes)).toBe(SAMPLE);
});

test.each(SESSIONS)("%s: a picture of some megabytes, which comes in parts", async (_, session) => {
  const { env, copy } = await session();
  const noise = { type: "gaussian", mean: 128, sigma: 40 } as const;
  const large = await sharp({
    create: { width: 1200, height: 1200, channels: 3, background: "white", noise },
  }).composite([{ input: qrencode(SAMPLE) }]).png({ compressionLevel: 0 }).toBuffer();
  expect(large.length).toBeGreaterThan(4_000_000);
  await copy({ form: "image/png", bytes: large });
  const content = await copied(env);
  expect(Buffer.compare(content.bytes, large)).toBe(0);
});

test.each(SESSIONS)("%s: a link that was copied, until it is cleared", async (_, session) => {
  const { env, copy } = await session();
  await copy({ form: "text/plain;charset=utf-8", bytes: Buffer.from(SAMPLE) });
  const content = await copied(env);
  expect(content.kind).toBe("text");
  expect(text(content)).toBe(SAMPLE);
  await clearClipboard({ env, platform: "linux" });
  await expect(readClipboard({ env, platform: "linux" })).rejects.toMatchObject({
    code: "format/clipboard",
    message: "Cannot read the clipboard: it is empty",
  });
});

test.each(SESSIONS)("%s: nothing was copied, or something else", async (_, session) => {
  const { env, copy } = await session();
  await expect(readClipboard({ env, platform: "linux" })).rejects.toMatchObject({
    message: "Cannot read the clipboard: it is empty",
    next: "Copy the picture of the QR code, or its link, and try again.",
  });
  const other = await copy({ form: "audio/ogg", bytes: Buffer.from("OggS") });
  await until(() =>
    expect(readClipboard({ env, platform: "linux" })).rejects.toMatchObject({
      message: "Cannot read the clipboard: it holds neither a picture nor a text",
    })
  );
  await other.end();
  await copy({ form: "text/uri-list", bytes: Buffer.from("file:///tmp/qr.png") });
  await until(() =>
    expect(readClipboard({ env, platform: "linux" })).rejects.toMatchObject({
      message: "Cannot read the clipboard: it holds the name of a file, not the file",
    })
  );
});

test("X11: a program that does not hand over what it offers", async () => {
  const { env } = await XServer.start(bench, { size: "640x480x24" });
  const args = ["-quiet", "-selection", "clipboard", "-t", "image/png"];
  const owner = await copyWith("xclip", qrencode(SAMPLE), { env, args });
  await copied(env);
  process.kill(owner.child.pid!, "SIGSTOP");
  const hurried: TimeSource = {
    now: () => systemTime.now(),
    sleep: (milliseconds, signal) => systemTime.sleep(milliseconds / 20, signal),
    alarm: (milliseconds, ring) => systemTime.alarm(milliseconds / 20, ring),
  };
  await expect(readClipboard({ env, platform: "linux", time: hurried })).rejects.toMatchObject({
    message: "Cannot read the clipboard: the program in which you copied does not hand it over",
  });
  process.kill(owner.child.pid!, "SIGCONT");
});

test("no session, and no program for Wayland", async () => {
  const env = { PATH: "/nonexistent" };
  await expect(readClipboard({ env, platform: "linux" })).rejects.toMatchObject({
    code: "format/no-display",
  });
  const wayland = { ...env, WAYLAND_DISPLAY: "wayland-1" };
  await expect(readClipboard({ env: wayland, platform: "linux" })).rejects.toMatchObject({
    message: "Cannot read the clipboard: the program wl-paste is not installed",
  });
});

test("the native module of macOS and Windows, which has an X11 side: picture, text, nothing", async () => {
  const { env } = await XServer.start(bench, { size: "640x480x24" });
  const native = { env, platform: "win32" } as const;
  await expect(readClipboard(native)).rejects.toMatchObject({
    message: "Cannot read the clipboard: it is empty",
  });
  const args = ["-quiet", "-selection", "clipboard", "-t"];
  const owner = await copyWith("xclip", qrencode(SAMPLE), { env, args: [...args, "image/png"] });
  const picture = await until(() => readClipboard(native));
  expect(picture.kind).toBe("picture");
  const [code] = await scanImage(picture.bytes, { source: "x" });
  expect(new TextDecoder().decode(code!.bytes)).toBe(SAMPLE);
  await owner.end();
  await copyWith("xclip", Buffer.from(SAMPLE), { env, args: [...args, "UTF8_STRING"] });
  expect(text(await until(() => readClipboard(native)))).toBe(SAMPLE);
});
