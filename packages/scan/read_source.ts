import { type FileHandle, open } from "node:fs/promises";
import { basename } from "node:path";
import type { Readable } from "node:stream";
import { FormatError } from "@otpsmith/core/errors";
import { checkFileBytes } from "./limits.ts";
import { hasUtf16Mark, sniff } from "./sniff.ts";

/**
 * What was read. `bytes` may hold a seed: overwrite them (`bytes.fill(0)`) after use.
 */
export interface SourceContent {
  /** `text` if the bytes are plain text, such as lines with `otpauth://` links; else `picture`. */
  readonly kind: "picture" | "text";
  /** The file as it is; of a text: UTF-8 without a byte order mark. */
  readonly bytes: Uint8Array;
  /** What it is called in messages: the file's name, or "standard input". */
  readonly source: string;
}

/** How {@linkcode readSource} reads. */
export interface ReadSourceOptions {
  /** Stops reading; the call rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined;
  /** What "-" reads; the process's standard input if left out. */
  readonly stdin?: Readable | undefined;
}

type Refusal = readonly [state: string, next: string];

const REFUSALS: { readonly [code: string]: Refusal } = {
  ENOENT: ["there is no such file", "Check the name and the folder."],
  ENOTDIR: ["there is no such file", "Check the name and the folder."],
  ENAMETOOLONG: ["the name is too long for a file", "Give the name of a picture file."],
  EISDIR: ["it is a folder", "Name the picture in it."],
  EACCES: ["this user may not read it", "Change its permissions, or copy it to your own folder."],
  EPERM: ["this user may not read it", "Change its permissions, or copy it to your own folder."],
};

/**
 * Reads a file, or standard input for "-", up to 64 MiB, and tells text from pictures.
 *
 * Links are read as they are, with no network: a source is always a local file or a stream.
 *
 * @throws {FormatError} `format/file` if it cannot be read, is empty, or is too large.
 *
 * @example Read from a stream instead of the terminal
 * ```ts
 * import { readSource } from "@otpsmith/scan";
 * import { Readable } from "node:stream";
 *
 * const stdin = Readable.from([new TextEncoder().encode("otpauth://totp/x?secret=AE")]);
 * const content = await readSource("-", { stdin });
 * if (content.kind !== "text" || content.source !== "standard input") throw new Error("misread");
 * content.bytes.fill(0);
 * ```
 */
export async function readSource(
  path: string,
  options: ReadSourceOptions = {},
): Promise<SourceContent> {
  const { signal } = options;
  signal?.throwIfAborted();
  const source = nameOf(path);
  let bytes: Uint8Array;
  try {
    bytes = path === "-"
      ? await readStream(options.stdin ?? process.stdin, { source, signal })
      : await readFile(path, { source, signal });
  } catch (cause) {
    signal?.throwIfAborted();
    const [state, next] = REFUSALS[(cause as NodeJS.ErrnoException).code ?? ""] ?? [];
    if (state !== undefined) {
      throw new FormatError("file", `Cannot read ${source}: ${state}`, { source, next });
    }
    if (cause instanceof FormatError) throw cause;
    throw new FormatError("file", `Cannot read ${source}: the system reports an error`, {
      source,
      cause,
      next: "Copy the file to a local disk and try again.",
    });
  }
  if (bytes.length === 0) {
    throw new FormatError("file", `Cannot read ${source}: it is empty`, {
      source,
      next: "Save the picture again.",
    });
  }
  return sniff(bytes) === "text"
    ? { kind: "text", bytes: toUtf8(bytes), source }
    : { kind: "picture", bytes, source };
}

/**
 * What a source is called in messages: its file name. Something that may be a seed or a link given by
 * mistake is never repeated.
 */
function nameOf(path: string): string {
  if (path === "-") return "standard input";
  const name = basename(path);
  // deno-lint-ignore no-control-regex -- a file name must not steer the terminal
  const hasControl = /[\x00-\x1f\x7f-\x9f]/.test(name);
  const mayBeSeed = /:\/|[?&]secret=/i.test(path) || /^[A-Za-z0-9+/=\s_-]{12,}$/.test(name);
  return hasControl || mayBeSeed || name.length > 120 ? "the given file" : name;
}

interface Read {
  readonly source: string;
  readonly signal: AbortSignal | undefined;
}

async function readFile(path: string, { source, signal }: Read): Promise<Uint8Array> {
  const file: FileHandle = await open(path, "r");
  try {
    const stat = await file.stat();
    if (stat.isDirectory()) throw Object.assign(new Error("directory"), { code: "EISDIR" });
    checkFileBytes(stat.size, { source });
    return await readStream(file.createReadStream({ autoClose: false, signal }), {
      source,
      signal,
    });
  } finally {
    await file.close();
  }
}

// Read in pieces with a running count: a pipe or a device does not say how long it is.
async function readStream(stream: Readable, { source, signal }: Read): Promise<Uint8Array> {
  const stop = (): void => void stream.destroy(signal!.reason);
  signal?.addEventListener("abort", stop, { once: true });
  const pieces: Uint8Array[] = [];
  try {
    let length = 0;
    for await (const piece of stream) {
      const bytes: Uint8Array = typeof piece === "string" ? Buffer.from(piece) : piece;
      pieces.push(bytes);
      length += bytes.length;
      checkFileBytes(length, { source });
    }
    const whole = new Uint8Array(length);
    let at = 0;
    for (const piece of pieces) {
      whole.set(piece, at);
      at += piece.length;
    }
    return whole;
  } finally {
    signal?.removeEventListener("abort", stop);
    for (const piece of pieces) piece.fill(0);
  }
}

// Windows tools write text as UTF-16 with a mark (`echo … > file` in PowerShell 5).
function toUtf8(bytes: Uint8Array): Uint8Array {
  if (hasUtf16Mark(bytes)) {
    const text = new TextDecoder(bytes[0] === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
    bytes.fill(0);
    return new TextEncoder().encode(text);
  }
  const hasMark = bytes[0] === 0xef && bytes[1] === 0xbb && bytes[2] === 0xbf;
  return hasMark ? bytes.subarray(3) : bytes;
}
