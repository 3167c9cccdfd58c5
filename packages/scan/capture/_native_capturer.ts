import { choose } from "./_choose.ts";
import { captureError } from "./_errors.ts";
import { newPixels } from "../_new_pixels.ts";
import { askNative, type NativeOptions } from "./_native.ts";
import type { Capture, Captured, Capturer, CaptureRequest, CaptureTarget } from "./capture.ts";

const LIST = `
const place = (it) => ({ x: it.x(), y: it.y(), width: it.width(), height: it.height() });
const monitors = native.Monitor.all().map((it, index) =>
  ({ it, target: { kind: "monitor", id: String(index + 1), name: it.name(), ...place(it) } }));
const windows = native.Window.all().filter((it) => !it.isMinimized()).flatMap((it) => {
  try {
    return [{ it, target: { kind: "window", id: "0x" + it.id().toString(16),
      name: it.title() || it.appName(), ...place(it) } }];
  } catch { return []; } // it was closed meanwhile
});
const all = [...monitors, ...windows].filter(({ target }) => target.width > 20 && target.height > 20);`;

const CAPTURE = `${LIST}
for (const { it, target } of all) {
  if (!input.some(({ kind, id }) => kind === target.kind && id === target.id)) continue;
  try {
    const image = it.captureImageSync();
    put({ target, width: image.width, height: image.height }, image.toRawSync());
  } catch (error) { put({ target, failed: true }); }
}`;

/**
 * Monitors and windows of macOS and Windows, through the npm package node-screenshots (xcap inside): the
 * systems' own calls, which Node lacks. It runs in a process of its own.
 */
export class NativeCapturer implements Capturer {
  readonly way = "native";
  readonly canWatch = true;
  readonly #options: NativeOptions;
  readonly #platform: NodeJS.Platform;

  constructor(options: NativeOptions, platform: NodeJS.Platform) {
    this.#options = options;
    this.#platform = platform;
  }

  async list(): Promise<readonly CaptureTarget[]> {
    const results = await this.#ask(`${LIST} put(all.map(({ target }) => target));`, []);
    return results[0]?.value as readonly CaptureTarget[];
  }

  async capture(request: CaptureRequest): Promise<Captured> {
    const wanted = choose(await this.list(), request);
    const results = await this.#ask(CAPTURE, wanted.map(({ kind, id }) => ({ kind, id })));
    const captures: Capture[] = [];
    const notes: string[] = [];
    let isAllBlack = true;
    for (const { value, bytes } of results) {
      const { target, width, height, failed } = value as Picture;
      if (failed) continue;
      const pixels = newPixels(width, height);
      pixels.data.set(bytes);
      bytes.fill(0);
      const isBlack = pixels.data.every((value, i) => value === 0 || i % 4 === 3);
      if (isBlack && target.kind === "window") {
        notes.push(`Window ${target.id} is black: its program does not let others capture it.`);
      }
      isAllBlack &&= isBlack;
      captures.push({ target, pixels });
    }
    const isMac = this.#platform === "darwin";
    if (captures.length === 0 || isAllBlack) {
      throw captureError(isMac ? "screen-denied" : "screen", {
        state: captures.length === 0 ? "the system gives no picture" : "the picture is black",
        next: isMac ? ALLOW : undefined,
      });
    }
    const titles = wanted.filter(({ kind, name }) => kind === "window" && name !== "");
    if (isMac && titles.length === 0) notes.push(`No window has a title. ${ALLOW}`);
    return { captures, notes };
  }

  windowAt(): undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #ask(lines: string, input: unknown) {
    return await askNative("node-screenshots", {
      lines,
      input,
      obstacle: "screen",
      options: this.#options,
    });
  }
}

interface Picture {
  readonly target: CaptureTarget;
  readonly width: number;
  readonly height: number;
  readonly failed?: boolean;
}

const ALLOW = "Allow the terminal to record the screen: System Settings, Privacy & Security, " +
  "Screen & System Audio Recording; then start the terminal again.";
