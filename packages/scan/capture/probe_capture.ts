import process from "node:process";
import { isProjectError } from "@otpsmith/core/errors";
import { hasPortal } from "./_portal_request.ts";
import { runProgram } from "./_program.ts";
import { openCapturer, type OpenCapturerOptions } from "./open_capturer.ts";

/** What capturing can do here. */
export interface CaptureState {
  /** Whether nothing is broken that could be mended: a computer without a screen is as it should be. */
  readonly ok: boolean;
  /** `ok`, `no-display`, or what stands in the way. */
  readonly code: string;
  /** For a person. */
  readonly message: string;
  /** What helps, if anything does. */
  readonly fix?: string | undefined;
}

const PROGRAM_MS = 5000;

/**
 * Says what of the screens can be read here, without reading any of it and without asking anybody.
 *
 * @example Say it
 * ```ts ignore
 * import { probeCapture } from "@otpsmith/scan/capture";
 *
 * const { message, fix } = await probeCapture();
 * console.log(message, fix ?? "");
 * ```
 */
export async function probeCapture(options: OpenCapturerOptions = {}): Promise<CaptureState> {
  const { env = process.env, signal, time } = options;
  try {
    const capturer = await openCapturer(options);
    try {
      if (capturer.way === "portal") {
        return await hasPortal({ env, signal, time }) ? BY_PORTAL : NO_PORTAL;
      }
      if (capturer.way === "grim") {
        const ended = await runProgram(["grim", "-h"], { env, signal, timeoutMs: PROGRAM_MS });
        if (ended.code === undefined) return NO_GRIM;
      }
      const targets = await capturer.list();
      const monitors = targets.filter(({ kind }) => kind === "monitor").length;
      const through = { x11: "X11", grim: "grim", native: "the system", portal: "" }[capturer.way];
      const windows = capturer.way === "grim" ? "not windows" : "and windows under others";
      return ok(`${monitors} monitor${monitors === 1 ? "" : "s"} through ${through}, ${windows}`);
    } finally {
      await capturer[Symbol.asyncDispose]();
    }
  } catch (error) {
    signal?.throwIfAborted();
    if (!isProjectError(error)) throw error;
    const { code, message, next } = error;
    if (code === "format/no-display") {
      return {
        ok: true,
        code: "no-display",
        message: message.replace(/^Cannot read the screen/, "No screen can be read here"),
      };
    }
    return { ok: false, code: code.replace("format/", ""), message, fix: next };
  }
}

function ok(what: string): CaptureState {
  return { ok: true, code: "ok", message: `The screen can be read: ${what}` };
}

const BY_PORTAL = ok(
  "all monitors in one picture through the desktop's portal, which may ask; not windows, no --watch",
);

const NO_PORTAL: CaptureState = {
  ok: false,
  code: "no-portal",
  message: "The screen cannot be read: this Wayland desktop offers no screenshot portal",
  fix:
    "Install xdg-desktop-portal and its part for your desktop, as xdg-desktop-portal-gnome or -kde; " +
    "others need xdg-desktop-portal-gtk too.",
};

const NO_GRIM: CaptureState = {
  ok: false,
  code: "no-grim",
  message: "The screen cannot be read: the program grim is not installed",
  fix: "Install grim (Debian: apt-get install grim).",
};
