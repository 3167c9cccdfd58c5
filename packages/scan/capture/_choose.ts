import { captureError } from "./_errors.ts";
import type { CaptureRequest, CaptureTarget } from "./capture.ts";

/** Which targets a request means. @throws {FormatError} `format/no-monitor` or `format/no-window`. */
export function choose(
  targets: readonly CaptureTarget[],
  { what, monitor, window }: CaptureRequest,
): readonly CaptureTarget[] {
  if (window !== undefined) {
    const found = targets.filter((target) => target.kind === "window" && isCalled(target, window));
    if (found.length > 0) return found;
    throw captureError("no-window", { state: "no window that is shown has that title or number" });
  }
  const monitors = targets.filter(({ kind }) => kind === "monitor");
  if (monitor !== undefined) {
    const found = monitors[monitor - 1];
    if (found) return [found];
    throw captureError("no-monitor", {
      state: `there is no monitor ${monitor}, only ${monitors.length}`,
    });
  }
  if (what === "screen") return targets;
  const windows = targets.filter(({ kind }) => kind === "window");
  if (windows.length > 0) return windows;
  throw captureError("no-window", { state: "no window is shown" });
}

function isCalled({ id, name }: CaptureTarget, window: string): boolean {
  const isNumber = /^(0x[0-9a-f]+|\d+)$/i.test(window);
  if (isNumber && Number(window) === Number(id)) return true;
  return name.toLowerCase().includes(window.toLowerCase());
}
