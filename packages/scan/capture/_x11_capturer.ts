import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { choose } from "./_choose.ts";
import { captureError } from "./_errors.ts";
import type { Capture, Captured, Capturer, CaptureRequest, CaptureTarget } from "./capture.ts";
import { Display, words } from "./x11/display.ts";
import { intersection, readPixels } from "./x11/image.ts";
import { listMonitors, type Monitor } from "./x11/monitors.ts";
import { listWindows, type Window } from "./x11/windows.ts";
import { X11Absent, X11Error, X11Refused } from "./x11/wire.ts";

/**
 * How long programs get to draw what was hidden. Where no compositor runs, a server does not keep what
 * lies under another window: it is told to, and the programs are asked to draw themselves again.
 */
const REDRAW_MS = 600;

/**
 * Connects to the server that `DISPLAY` names.
 *
 * @throws {FormatError} `format/no-display` if there is none, `format/screen-denied` if it does not let us in.
 */
export async function openDisplay(
  env: NodeJS.ProcessEnv,
  options: { readonly signal?: AbortSignal | undefined } = {},
): Promise<Display> {
  try {
    return await Display.open(env, options);
  } catch (cause) {
    if (cause instanceof X11Absent) {
      throw captureError("no-display", { state: cause.message, cause });
    }
    if (!(cause instanceof X11Refused)) throw cause;
    throw captureError("screen-denied", {
      state: cause.message,
      next: "Run otpsmith as the user who is logged in on the screen, or set XAUTHORITY to that " +
        "user's cookie file.",
      cause,
    });
  }
}

/** Monitors, and every window on its own, through an X server. */
export class X11Capturer implements Capturer {
  readonly way = "x11";
  readonly canWatch = true;
  readonly #display: Display;
  readonly #time: TimeSource;
  #showsRoot: Promise<boolean> | undefined;
  #composite: number | undefined;
  #asked = false;
  readonly #redirected = new Set<number>();
  #windows: readonly Window[] = [];

  /** Takes over the connection. */
  constructor(display: Display, options: { readonly time?: TimeSource } = {}) {
    this.#display = display;
    this.#time = options.time ?? systemTime;
  }

  async list(): Promise<readonly CaptureTarget[]> {
    return (await this.#look()).map(({ target }) => target);
  }

  async capture(request: CaptureRequest): Promise<Captured> {
    const there = await this.#look();
    const wanted = new Set(choose(there.map(({ target }) => target), request));
    const monitors = there.flatMap(({ target, monitor }) =>
      monitor && wanted.has(target) ? [{ target, monitor }] : []
    );
    // What is to be seen in full is in the picture of its monitor.
    const windows = there.flatMap(({ target, window }) =>
      window && wanted.has(target) && !(window.isInFull && monitors.length > 0)
        ? [{ target, window }]
        : []
    );
    await this.#redirect(windows.map(({ window }) => window));
    const captures: (Capture | undefined)[] = [];
    for (const { target, monitor } of monitors) {
      captures.push(await this.#grabMonitor(target, monitor));
    }
    for (const { target, window } of windows) captures.push(await this.#grabWindow(target, window));
    const taken = captures.filter((capture) => capture !== undefined);
    if (taken.length > 0 || wanted.size === 0) return { captures: taken, notes: [] };
    throw captureError("screen", {
      state: "its pixels are not in plain colours, or the window has gone",
    });
  }

  windowAt(
    monitor: CaptureTarget,
    at: { readonly x: number; readonly y: number },
  ): string | undefined {
    const [x, y] = [monitor.x + at.x, monitor.y + at.y];
    return this.#windows.find((window) =>
      x >= window.x && x < window.x + window.width && y >= window.y && y < window.y + window.height
    )?.title;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#display.close();
  }

  async #look(): Promise<
    readonly {
      readonly target: CaptureTarget;
      readonly monitor?: Monitor;
      readonly window?: Window;
    }[]
  > {
    const monitors = await this.#hasRoot() ? await listMonitors(this.#display) : [];
    this.#windows = await listWindows(this.#display, monitors);
    const place = ({ x, y, width, height }: Monitor | Window) => ({ x, y, width, height });
    return [
      ...monitors.map((monitor, index) => ({
        target: {
          kind: "monitor" as const,
          id: String(index + 1),
          name: monitor.name,
          ...place(monitor),
        },
        monitor,
      })),
      ...this.#windows.map((window) => ({
        target: {
          kind: "window" as const,
          id: `0x${window.id.toString(16)}`,
          name: window.title,
          ...place(window),
        },
        window,
      })),
    ];
  }

  /**
   * Whether the server has a picture of the screen. Xwayland has none of its root, unless it is one window of
   * its own (`-rootless` is left out): the Wayland compositor puts the windows together. Neither its extension
   * nor the names of its monitors tell the two apart (22.1.9 has no extension), so a pixel is asked for.
   */
  #hasRoot(): Promise<boolean> {
    const { root, depth, visual } = this.#display;
    const pixel = { drawable: root, depth, visual, x: 0, y: 0, width: 1, height: 1 };
    return this.#showsRoot ??= readPixels(this.#display, pixel).then(() => true, (error) => {
      if (error instanceof X11Error) return false;
      throw error;
    });
  }

  /** Has the server keep whole pictures of windows, as a compositor does (compositeproto, "Redirection"). */
  async #redirect(windows: readonly Window[]): Promise<void> {
    const { wire } = this.#display;
    if (!this.#asked) {
      this.#asked = true;
      const opcode = await this.#display.extension("Composite");
      // The version has to be agreed on before anything else; pixmaps have names from 0.2 on.
      if (opcode !== undefined) await wire.ask(opcode, 0, words(0, 4));
      this.#composite = opcode;
    }
    if (this.#composite === undefined) return;
    let isNew = false;
    for (const { frame, isInFull } of windows) {
      if (this.#redirected.has(frame)) continue;
      this.#redirected.add(frame);
      wire.tell(this.#composite, 1, words(frame, 0)); // 0: the server goes on showing it by itself
      isNew ||= !isInFull;
    }
    if (isNew && !await this.#hasCompositor()) await this.#time.sleep(REDRAW_MS);
  }

  /** A compositor owns this selection (EWMH, "Compositing Managers"), and has all pictures already. */
  async #hasCompositor(): Promise<boolean> {
    if (!await this.#hasRoot()) return true;
    const selection = await this.#display.atom("_NET_WM_CM_S0");
    return (await this.#display.wire.ask(23, 0, words(selection))).getUint32(8, true) !== 0;
  }

  async #grabMonitor(target: CaptureTarget, monitor: Monitor): Promise<Capture | undefined> {
    const { root, depth, visual } = this.#display;
    const whole = await this.#display.geometry(root);
    const seen = intersection(monitor, whole);
    const pixels = seen &&
      await readPixels(this.#display, { drawable: root, depth, visual, ...seen });
    return pixels && { target, pixels };
  }

  async #grabWindow(target: CaptureTarget, window: Window): Promise<Capture | undefined> {
    const { frame, depth, visual } = window;
    const { wire } = this.#display;
    let pixmap: number | undefined;
    try {
      if (this.#composite !== undefined) {
        pixmap = this.#display.newId();
        wire.tell(this.#composite, 6, words(frame, pixmap));
        const { width, height } = await this.#display.geometry(pixmap);
        const whole = { x: 0, y: 0, width, height };
        const pixels = await readPixels(this.#display, {
          drawable: pixmap,
          depth,
          visual,
          ...whole,
        });
        return pixels && { target, pixels };
      }
      // Without that extension: what of it lies on the screen, as far as the server has it.
      const seen = intersection(window, await this.#display.geometry(this.#display.root));
      if (!seen) return undefined;
      const inside = { ...seen, x: seen.x - window.x, y: seen.y - window.y };
      const pixels = await readPixels(this.#display, { drawable: frame, depth, visual, ...inside });
      return pixels && { target, pixels };
    } catch (error) {
      if (error instanceof X11Error) return undefined; // it was closed or hidden meanwhile
      throw error;
    } finally {
      if (pixmap !== undefined) wire.tell(54, 0, words(pixmap));
    }
  }
}
