import { captureError } from "./_errors.ts";
import { askNative, type NativeOptions } from "./_native.ts";
import { runProgram } from "./_program.ts";
import { openDisplay } from "./_x11_capturer.ts";
import type { ClipboardPort } from "./clipboard.ts";
import { Selection } from "./x11/selection.ts";

const PROGRAM_MS = 15_000;

/** The clipboard of an X server: its owner is asked directly. */
export async function x11Port(
  { env, signal = new AbortController().signal }: NativeOptions,
): Promise<ClipboardPort> {
  const display = await openDisplay(env, { signal });
  const selection = await Selection.open(display);
  return {
    forms: async () => await selection.hasOwner() ? await selection.forms(signal) : [],
    read: (form) => selection.read(form, signal),
    clear: () => selection.clear(),
    close: () => display.close(),
  };
}

/**
 * The clipboard of a Wayland session, through `wl-paste`: what was copied comes over a descriptor that
 * Node cannot pass. `undefined` if that program is not installed.
 */
export async function waylandPort(options: NativeOptions): Promise<ClipboardPort | undefined> {
  const run = (...command: [string, ...string[]]) =>
    runProgram(command, { ...options, timeoutMs: PROGRAM_MS });
  const list = await run("wl-paste", "--list-types");
  if (list.code === undefined) return undefined;
  // It ends with 1 if nothing was copied, and says so; all else is a failure.
  if (list.code !== 0 && !/nothing is copied|no selection/i.test(list.stderr)) {
    throw captureError("clipboard", {
      state: "wl-paste has failed",
      next: "Run otpsmith in a terminal of the desktop's own session.",
      cause: new Error(list.stderr),
    });
  }
  const forms = list.code === 0 ? new TextDecoder().decode(list.stdout).split("\n") : [];
  return {
    forms: () => Promise.resolve(forms.filter((form) => form !== "")),
    read: async (form) => {
      const { code, stdout } = await run("wl-paste", "--no-newline", "--type", form);
      return code === 0 ? stdout : undefined;
    },
    clear: async () => {
      const { code } = await run("wl-copy", "--clear");
      if (code !== 0) {
        throw captureError("clipboard", {
          state: "wl-copy could not empty it",
          next: "Copy something else.",
        });
      }
    },
    close: () => {},
  };
}

/** The clipboard of macOS and Windows, through a native module in a process of its own. */
export function nativePort(options: NativeOptions): ClipboardPort {
  const ask = (lines: string, input: unknown = null) =>
    askNative("@mariozechner/clipboard", { lines, input, obstacle: "clipboard", options });
  return {
    forms: async () => {
      const [found] = await ask(
        `put([native.hasImage() && "image/png", native.hasText() && "text/plain"].filter(Boolean));`,
      );
      return found?.value as readonly string[];
    },
    read: async (form) => {
      const [found] = await ask(
        `put(null, input === "image/png"
          ? Buffer.from(await native.getImageBinary())
          : Buffer.from(await native.getText()));`,
        form,
      );
      return found?.bytes;
    },
    clear: async () => void await ask(`await native.clear();`),
    close: () => {},
  };
}
