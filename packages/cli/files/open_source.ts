import { readSource, type SourceContent } from "@otpsmith/scan";
import type { CaptureTarget, SeenCode, SeenCodes, Sighting } from "@otpsmith/scan/capture";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";

/** Options of sources that are no files. */
export interface CaptureOptions {
  readonly monitor?: number;
  readonly window?: string;
  readonly watch?: boolean;
  readonly timeout?: number;
  readonly clearClipboard?: boolean;
}

/** What a source holds: the bytes of a file, or codes that screens show. */
export type Opened =
  | SourceContent
  | { readonly kind: "codes"; readonly codes: readonly SeenCode[]; readonly source: string };

type Options = CaptureOptions & { readonly context: CommandContext };

/** Sources that are words. A file of that name is `./screen`. */
const SCREENS: readonly string[] = ["screen", "window"];

const CLIPBOARD = "clipboard";

/** Whether a source is the screen, not a file. */
export function isScreen(source: string | undefined): boolean {
  return source !== undefined && SCREENS.includes(source);
}

/** Opens a file, standard input (`-`), what was copied (`clipboard`), or what is shown (`screen`, `window`). */
export async function openSource(source: string, options: Options): Promise<Opened> {
  const { io, out, signal } = options.context;
  refuseOtherOptions(source, options);
  if (source === CLIPBOARD) {
    const { readClipboard } = await import("@otpsmith/scan/capture");
    return await readClipboard({ env: io.env, signal });
  }
  if (!isScreen(source)) return await readSource(source, { stdin: io.stdin, signal });
  const { codes, notes } = await lookAtScreens(source, options);
  for (const note of notes) out.warn(note);
  return { kind: "codes", codes, source: "the screen" };
}

/** Once an account was read from the clipboard: empties it if that is wanted, else says that it is still there. */
export async function leaveSource(
  source: string | undefined,
  options: Options & { readonly more?: readonly string[] },
): Promise<void> {
  if (source !== CLIPBOARD && !options.more?.includes(CLIPBOARD)) return;
  const { io, out, signal } = options.context;
  if (!options.clearClipboard) {
    out.warn("The seed is still in the clipboard: copy something else, or use --clear-clipboard.");
    return;
  }
  const { clearClipboard } = await import("@otpsmith/scan/capture");
  await clearClipboard({ env: io.env, signal });
  out.warn("The clipboard was emptied; a program that keeps its history may still have the seed.");
}

/** What can be captured on its own. */
export async function listScreens({ context }: Options): Promise<readonly CaptureTarget[]> {
  const { openCapturer } = await import("@otpsmith/scan/capture");
  const { io, signal } = context;
  const capturer = await openCapturer({ env: io.env, signal });
  try {
    return await capturer.list();
  } finally {
    await capturer[Symbol.asyncDispose]();
  }
}

async function lookAtScreens(source: string, options: Options): Promise<SeenCodes> {
  const { monitor, window, watch, timeout, context: { io, out, signal } } = options;
  if (source === "window" && monitor !== undefined) {
    throw new CliError("Cannot look at a monitor: 'window' means windows alone", {
      code: "usage/window-and-monitor",
      exit: EXIT.usage,
      next: "Use 'screen' with --monitor.",
    });
  }
  const { openCapturer, scanScreens, watchScreens } = await import("@otpsmith/scan/capture");
  const capturer = await openCapturer({ env: io.env, signal });
  const what = source === "window" ? "windows" : "screen";
  const request = { what, monitor, window, signal } as const;
  let found: SeenCodes | undefined;
  try {
    if (!watch) return await scanScreens(capturer, request);
    out.progress("Waiting for a QR code to be shown. Ctrl-C ends it.");
    out.event("waiting", { for: "code", timeout: timeout ?? null });
    found = await watchScreens(capturer, {
      ...request,
      timeoutMs: timeout === undefined ? undefined : timeout * 1000,
      onLook: (looks) => out.status(`Waiting for a QR code: looked ${looks} times`),
    });
  } finally {
    await capturer[Symbol.asyncDispose]();
  }
  if (found) return found;
  throw new CliError(`Cannot find a QR code on the screen: none was shown in ${timeout} seconds`, {
    code: "needs-person/show-code",
    exit: EXIT.needsPerson,
    next: "Show the whole code, sharp and with nothing in front of it, or give it more time.",
  });
}

function refuseOtherOptions(source: string, options: CaptureOptions): void {
  const { monitor, window, watch, timeout, clearClipboard } = options;
  const isOfScreen = monitor !== undefined || window !== undefined || watch ||
    timeout !== undefined;
  const refuse = (names: string, wanted: string, example: string): never => {
    throw new CliError(`Cannot use ${names}: the source is not ${wanted}`, {
      code: "usage/screen-options",
      exit: EXIT.usage,
      next: `It goes with another source, as in '${example}'.`,
    });
  };
  if (isOfScreen && !isScreen(source)) {
    refuse(
      "--monitor, --window, --watch or --timeout",
      "the screen",
      "otpsmith scan screen --watch",
    );
  }
  if (clearClipboard && source !== CLIPBOARD) {
    refuse("--clear-clipboard", "the clipboard", "otpsmith scan clipboard --clear-clipboard");
  }
  if (timeout !== undefined && !watch) {
    throw new CliError("Cannot use --timeout: without --watch nothing is waited for", {
      code: "usage/screen-options",
      exit: EXIT.usage,
      next: "Add --watch.",
    });
  }
}

/** Where a code was seen, for people. What others named may steer no terminal. */
export function describeSighting({ kind, id, name, inWindow, x, y }: Sighting): string {
  const what = kind === "monitor" ? `monitor ${id}` : `window ${id}`;
  const called = cleanTitle(name) === "" ? "" : ` (${cleanTitle(name)})`;
  const inside = inWindow === undefined || cleanTitle(inWindow) === ""
    ? ""
    : `, in window "${cleanTitle(inWindow)}"`;
  return `${what}${called} at ${x}, ${y}${inside}`;
}

/** A title without what would steer a terminal, cut to what fits on a line. */
export function cleanTitle(title: string): string {
  // deno-lint-ignore no-control-regex -- that is the point
  const plain = title.replace(/[\x00-\x1f\x7f-\x9f\u200e\u200f\u202a-\u202e\u2066-\u2069]/g, " ")
    .trim();
  return plain.length > 60 ? `${plain.slice(0, 59)}…` : plain;
}
