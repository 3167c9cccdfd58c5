import process from "node:process";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { isImageType, sniff } from "../sniff.ts";
import type { SourceContent } from "../read_source.ts";
import { captureError } from "./_errors.ts";

/** How the clipboard is reached. */
export interface ClipboardOptions {
  /** The environment; the process's own if left out. */
  readonly env?: NodeJS.ProcessEnv | undefined;
  /** The system; the process's own if left out. */
  readonly platform?: NodeJS.Platform | undefined;
  /** Stops it; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What time is measured with; the computer's clock if left out. */
  readonly time?: TimeSource | undefined;
}

/** The clipboard of a system. */
export interface ClipboardPort {
  /** The forms that what was copied can be had in: types of MIME, or the names of X11. */
  forms(): Promise<readonly string[]>;
  /** It in one of the forms; `undefined` if it is not given. */
  read(form: string): Promise<Uint8Array | undefined>;
  /** Empties it. */
  clear(): Promise<void>;
  /** Lets go of it. */
  close(): void;
}

/** How long a program that has copied something may take to hand it over. */
const ANSWER_MS = 10_000;

const PICTURES = ["image/png", "image/bmp", "image/jpeg", "image/webp", "image/gif"];
const TEXTS = ["text/plain;charset=utf-8", "UTF8_STRING", "text/plain", "STRING"];
const FILES = ["text/uri-list", "x-special/gnome-copied-files"];

/**
 * Reads what was copied: a picture, or a text such as a link. Where there are both, as spreadsheets do,
 * a text with an otpauth link comes first, then the picture.
 *
 * @returns Overwrite the bytes after use.
 * @throws {FormatError} `format/clipboard` if it is empty, holds something else, or cannot be reached;
 * `format/no-display` or `format/screen-denied` where there is no session with one.
 */
export async function readClipboard(options: ClipboardOptions = {}): Promise<SourceContent> {
  return await withClipboard(options, async (port) => {
    const forms = await port.forms();
    if (forms.length === 0) throw captureError("clipboard", { state: "it is empty" });
    const first = (wanted: readonly string[]) => wanted.find((form) => forms.includes(form));
    const [picture, text, file] = [first(PICTURES), first(TEXTS), first(FILES)];
    const words = text === undefined ? undefined : await port.read(text);
    if (words && (picture === undefined || hasLink(words))) {
      // A program that offers a text may still hand over nothing.
      if (words.length > 0 && file === undefined) return asSource(words);
    }
    const bytes = picture === undefined ? undefined : await port.read(picture);
    words?.fill(0);
    if (bytes && isImageType(sniff(bytes))) return { ...asSource(bytes), kind: "picture" };
    throw captureError("clipboard", {
      state: file !== undefined
        ? "it holds the name of a file, not the file"
        : "it holds neither a picture nor a text",
      next: file !== undefined ? "Give the file's name instead of 'clipboard'." : undefined,
    });
  });
}

/** Empties the clipboard. Managers that keep a history may still have what was in it. */
export async function clearClipboard(options: ClipboardOptions = {}): Promise<void> {
  await withClipboard(options, (port) => port.clear());
}

async function withClipboard<T>(
  options: ClipboardOptions,
  work: (port: ClipboardPort) => Promise<T>,
): Promise<T> {
  const { signal, time = systemTime } = options;
  const tooLong = new AbortController();
  const cancel = time.alarm(ANSWER_MS, () => {
    tooLong.abort(captureError("clipboard", {
      state: "the program in which you copied does not hand it over",
      next: "Copy it once more.",
    }));
  });
  const either = signal ? AbortSignal.any([signal, tooLong.signal]) : tooLong.signal;
  try {
    const port = await openPort({ ...options, signal: either });
    try {
      return await work(port);
    } finally {
      port.close();
    }
  } finally {
    cancel();
  }
}

async function openPort(
  { env = process.env, platform = process.platform, signal, time }: ClipboardOptions,
): Promise<ClipboardPort> {
  const ports = await import("./_clipboard_ports.ts");
  if (platform === "darwin" || platform === "win32") return ports.nativePort({ env, signal, time });
  if (env["WAYLAND_DISPLAY"]) {
    const port = await ports.waylandPort({ env, signal, time });
    if (port || !env["DISPLAY"]) {
      if (port) return port;
      throw captureError("clipboard", {
        state: "the program wl-paste is not installed",
        next: "Install wl-clipboard (Debian: apt-get install wl-clipboard).",
      });
    }
  }
  if (env["DISPLAY"]) return await ports.x11Port({ env, signal });
  throw captureError("no-display", {
    state: "this session has no clipboard (neither WAYLAND_DISPLAY nor DISPLAY is set)",
    next: "Save the picture, or pipe the link into 'otpsmith scan -'.",
  });
}

function hasLink(bytes: Uint8Array): boolean {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).includes("otpauth");
}

/** As a file with these bytes would be read. */
function asSource(bytes: Uint8Array): SourceContent {
  return { kind: "text", bytes, source: "the clipboard" };
}
