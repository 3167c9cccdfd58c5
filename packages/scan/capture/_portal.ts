import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { decodeImage } from "../decode_image.ts";
import { choose } from "./_choose.ts";
import { captureError } from "./_errors.ts";
import { type PortalOptions, requestScreenshot } from "./_portal_request.ts";
import { takeFile } from "./_take_file.ts";
import type { Captured, Capturer, CaptureRequest, CaptureTarget } from "./capture.ts";
import type { WaylandOutput } from "./wayland/survey.ts";

/**
 * The whole desktop in one picture, from GNOME, KDE and other desktops with a screenshot portal. The
 * portal writes a file, whatever one does: it is read, overwritten and deleted at once.
 */
export class PortalCapturer implements Capturer {
  readonly way = "portal";
  /** Each look asks the person, flashes the screen, or leaves a file for a moment. */
  readonly canWatch = false;
  readonly #options: PortalOptions;
  readonly #time: TimeSource;

  readonly #desktop: CaptureTarget;

  constructor(options: PortalOptions, outputs: readonly WaylandOutput[]) {
    this.#options = options;
    this.#desktop = desktopOf(outputs);
    this.#time = options.time ?? systemTime;
  }

  async list(): Promise<readonly CaptureTarget[]> {
    return [this.#desktop];
  }

  async capture(request: CaptureRequest): Promise<Captured> {
    if (request.window !== undefined || request.what === "windows") {
      throw captureError("no-window", {
        state: "the desktop shows no program the windows of others",
        next: "Bring the window to the front and use 'screen'.",
      });
    }
    const [target] = choose([this.#desktop], request);
    const askedAt = this.#time.now();
    const { bytes, note } = await takeFile(await requestScreenshot(this.#options), { askedAt });
    try {
      const [pixels] = await decodeImage(bytes, { source: "the screen" });
      return { captures: [{ target: target!, pixels: pixels! }], notes: [note] };
    } finally {
      bytes.fill(0);
    }
  }

  windowAt(): undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}
}

/** All monitors as one. */
function desktopOf(outputs: readonly WaylandOutput[]): CaptureTarget {
  const [left, top] = [outputs.map(({ x }) => x), outputs.map(({ y }) => y)]
    .map((edges) => Math.min(...edges, Infinity));
  const place = outputs.length === 0 ? { x: 0, y: 0, width: 0, height: 0 } : {
    x: left!,
    y: top!,
    width: Math.max(...outputs.map(({ x, width }) => x + width)) - left!,
    height: Math.max(...outputs.map(({ y, height }) => y + height)) - top!,
  };
  return { kind: "monitor", id: "1", name: "all monitors", ...place };
}
