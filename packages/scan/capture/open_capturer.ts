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

/** Opens the way to the screens of this session. */
export async function openCapturer(options: OpenCapturerOptions = {}): Promise<Capturer> {
  const { env = process.env, signal, time } = options;
  const { openDisplay, X11Capturer } = await import("./_x11_capturer.ts");
  if (!env["DISPLAY"]) throw captureError("no-display", { state: "no" });
  return new X11Capturer(await openDisplay(env, { signal }), time ? { time } : {});
}
