import { choose } from "./_choose.ts";
import { captureError } from "./_errors.ts";
import { readPpm } from "./_pnm.ts";
import { runProgram } from "./_program.ts";
import type { Capture, Captured, Capturer, CaptureRequest, CaptureTarget } from "./capture.ts";
import { surveyWayland, type WaylandOutput } from "./wayland/survey.ts";

const GRIM_MS = 15_000;

/**
 * The monitors of a wlroots compositor (Sway, Hyprland and others), through `grim`: a program of these
 * desktops, because the picture comes in shared memory whose descriptor Node cannot pass. It writes to its
 * standard output, never to a file.
 */
export class GrimCapturer implements Capturer {
  readonly way = "grim";
  readonly canWatch = true;
  readonly #env: NodeJS.ProcessEnv;
  readonly #signal: AbortSignal | undefined;

  constructor(env: NodeJS.ProcessEnv, signal: AbortSignal | undefined) {
    this.#env = env;
    this.#signal = signal;
  }

  async list(): Promise<readonly CaptureTarget[]> {
    const { outputs } = await surveyWayland(this.#env);
    return outputs.map(toTarget);
  }

  async capture(request: CaptureRequest): Promise<Captured> {
    if (request.window !== undefined || request.what === "windows") {
      throw captureError("no-window", {
        state: "Wayland shows no program the windows of others",
        next: "Bring the window to the front and use 'screen'.",
      });
    }
    const captures: Capture[] = [];
    for (const target of choose(await this.list(), request)) {
      captures.push({ target, pixels: await this.#grab(target) });
    }
    if (captures.length > 0) return { captures, notes: [] };
    throw captureError("no-display", { state: "this session has no monitor" });
  }

  windowAt(): undefined {
    return undefined;
  }

  async [Symbol.asyncDispose](): Promise<void> {}

  async #grab({ name }: CaptureTarget): Promise<Capture["pixels"]> {
    const where = name === "" ? [] : ["-o", name];
    const { code, stdout, stderr } = await runProgram(["grim", "-t", "ppm", ...where, "-"], {
      env: this.#env,
      signal: this.#signal,
      timeoutMs: GRIM_MS,
    });
    try {
      const pixels = code === 0 ? readPpm(stdout) : undefined;
      if (pixels) return pixels;
    } finally {
      stdout.fill(0);
    }
    throw captureError("screen", {
      state: code === undefined
        ? "the program grim is not installed"
        : code === null
        ? "grim does not answer"
        : "grim has failed",
      next: code === undefined
        ? "Install grim (Debian: apt-get install grim), or save a screenshot and scan the file."
        : undefined,
      cause: new Error(stderr),
    });
  }
}

function toTarget({ name, x, y, width, height }: WaylandOutput, index: number): CaptureTarget {
  return { kind: "monitor", id: String(index + 1), name, x, y, width, height };
}
