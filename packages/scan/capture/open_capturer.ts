import process from "node:process";
import type { TimeSource } from "@otpsmith/core/time";
import { captureError } from "./_errors.ts";
import type { Capturer } from "./capture.ts";

/** How {@linkcode openCapturer} looks for a way. */
export interface OpenCapturerOptions {
  /** The environment; the process's own if left out. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The system; the process's own if left out. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What time is measured with; the computer's clock if left out. */
  readonly time?: TimeSource | undefined;
}

/**
 * Opens the way to the screens of this session: on macOS and Windows the system's own, under Wayland
 * `grim` where the compositor lets it, else the desktop's portal, and else the X server.
 *
 * @throws {FormatError} `format/no-display` if there is no screen, `format/screen-denied` if this user may
 * not look at it, `format/screen` if the system cannot do it. Each says what helps.
 *
 * @example Say what is shown where
 * ```ts ignore
 * import { openCapturer } from "@otpsmith/scan/capture";
 *
 * const capturer = await openCapturer();
 * for (const { kind, id, name } of await capturer.list()) console.log(kind, id, name);
 * await capturer[Symbol.asyncDispose]();
 * ```
 */
export async function openCapturer(options: OpenCapturerOptions = {}): Promise<Capturer> {
  const { env = process.env, platform = process.platform, signal, time } = options;
  if (platform === "darwin" || platform === "win32") {
    const { NativeCapturer } = await import("./_native_capturer.ts");
    return new NativeCapturer({ env, signal, time }, platform);
  }
  if (env["WAYLAND_DISPLAY"]) return await openWayland({ ...options, env });
  if (env["DISPLAY"]) {
    const { openDisplay, X11Capturer } = await import("./_x11_capturer.ts");
    return new X11Capturer(await openDisplay(env, { signal }), time ? { time } : {});
  }
  throw captureError("no-display", {
    state: env["SSH_CONNECTION"]
      ? "this is a connection over SSH, without a screen"
      : "there is none in this session (neither WAYLAND_DISPLAY nor DISPLAY is set)",
    next: env["SSH_CONNECTION"]
      ? "Connect with 'ssh -X' to read the X screen at which you sit, or save a screenshot and scan the file."
      : undefined,
  });
}

/** The interfaces that grim takes pictures through; one of them is enough. */
const GRIM_NEEDS = ["zwlr_screencopy_manager_v1", "ext_image_copy_capture_manager_v1"];

async function openWayland(
  { env, signal, time }: OpenCapturerOptions & { readonly env: NodeJS.ProcessEnv },
): Promise<Capturer> {
  const { surveyWayland } = await import("./wayland/survey.ts");
  const survey = await surveyWayland(env, { time }).catch((cause: unknown) => {
    throw captureError("no-display", {
      state: cause instanceof Error ? cause.message : "the Wayland compositor does not answer",
      cause,
    });
  });
  if (GRIM_NEEDS.some((name) => survey.interfaces.has(name))) {
    const { GrimCapturer } = await import("./_grim.ts");
    return new GrimCapturer(env, signal);
  }
  const { PortalCapturer } = await import("./_portal.ts");
  return new PortalCapturer({ env, signal, time }, survey.outputs);
}
