import { FormatError } from "@otpsmith/core/errors";

/**
 * Why nothing could be captured.
 *
 * - `no-display`: there is no screen that this process can reach.
 * - `screen-denied`: the system or a person does not allow it.
 * - `screen`: the system cannot do it, or failed.
 * - `no-monitor`, `no-window`: what was asked for is not there.
 * - `clipboard`: it is empty, holds something else, or cannot be reached.
 */
export type CaptureObstacle =
  | "no-display"
  | "screen-denied"
  | "screen"
  | "no-monitor"
  | "no-window"
  | "clipboard";

const NEXT: { readonly [Obstacle in CaptureObstacle]: string } = {
  "no-display":
    "Run otpsmith in a session on the screen itself, or save a screenshot and scan the file.",
  "screen-denied": "Allow it, or save a screenshot and scan the file.",
  "screen": "Save a screenshot and scan the file.",
  "no-monitor": "See 'otpsmith scan screen --list' for what there is.",
  "no-window": "See 'otpsmith scan screen --list' for what there is.",
  "clipboard": "Copy the picture of the QR code, or its link, and try again.",
};

/** An error of capturing, with what is wrong and what to do. */
export function captureError(
  obstacle: CaptureObstacle,
  options: { readonly state: string; readonly next?: string | undefined; readonly cause?: unknown },
): FormatError {
  const { state, next = NEXT[obstacle], cause } = options;
  const source = obstacle === "clipboard" ? "the clipboard" : "the screen";
  return new FormatError(obstacle, `Cannot read ${source}: ${state}`, { source, next, cause });
}
