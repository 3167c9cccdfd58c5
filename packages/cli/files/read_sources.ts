import { detectFormat, readOtpauthLists, type TokenFile } from "@otpsmith/formats";
import { type FoundCode, isImageType, sniff, type SourceContent } from "@otpsmith/scan";
import type { Sighting } from "@otpsmith/scan/capture";
import type { CommandContext } from "../program.ts";
import { type CaptureOptions, openSource } from "./open_source.ts";
import { unlocking, type UnlockOptions } from "./unlock.ts";

/** Options that say how sources are read. */
export interface SourceOptions extends UnlockOptions, CaptureOptions {
  readonly as?: "base32" | "hex";
  /** Sources besides the first. */
  readonly more?: readonly string[];
}

/** Where a code lies in a picture, in pixels from the upper left corner of its page. */
export interface CodePlace {
  /** Page or frame, counted from 1. */
  readonly page: number;
  readonly x: number;
  readonly y: number;
  readonly width: number;
  readonly height: number;
}

/** A text that may be a link: of a code, or a line of a list. Overwrite its bytes. */
export interface FoundText {
  readonly bytes: Uint8Array;
  readonly source: string;
  readonly place?: CodePlace;
  readonly seen?: readonly Sighting[];
  /** Codewords of a code that something covered, and that were restored from the others. */
  readonly erasures: number;
}

/** What one source was: texts, a file of another kind, or something that is one seed at most. */
export type ReadSource =
  | { readonly kind: "texts"; readonly texts: readonly FoundText[] }
  | { readonly kind: "file"; readonly file: TokenFile; readonly source: string }
  | { readonly kind: "text"; readonly content: SourceContent; readonly isList: boolean };

type Options = SourceOptions & { readonly context: CommandContext };

/**
 * Reads all sources of a command, in their order. A text that several pictures show is given once.
 *
 * @throws {FormatError} If one of them cannot be read: with half of the sources nobody is served.
 */
export async function readSources(
  first: string,
  options: Options,
): Promise<readonly ReadSource[]> {
  const all: ReadSource[] = [];
  for (const source of [first, ...options.more ?? []]) {
    const read = await readSource(source, options);
    all.push(
      read.kind === "texts" ? { kind: "texts", texts: withoutKnown(read.texts, all) } : read,
    );
  }
  return all;
}

/** The links of sources as a file; parts of an export may be spread over them. Overwrites the texts. */
export function readTexts(texts: readonly FoundText[]): TokenFile {
  try {
    return readOtpauthLists(texts);
  } finally {
    for (const { bytes } of texts) bytes.fill(0);
  }
}

async function readSource(name: string, options: Options): Promise<ReadSource> {
  const { signal, out } = options.context;
  const opened = await openSource(name, options);
  if (opened.kind === "codes") {
    const { codes, source } = opened;
    return {
      kind: "texts",
      texts: codes.map(({ bytes, seen, erasures }) => ({ bytes, source, seen, erasures })),
    };
  }
  const { bytes, kind, source } = opened;
  // What is no text may still be one in Windows-1252, or an encrypted backup.
  const format = detectFormat(bytes);
  if (isImageType(sniff(bytes)) || (kind === "picture" && !format)) {
    try {
      const onProgress = ({ done, steps, frame, frames }: {
        readonly done: number;
        readonly steps: number;
        readonly frame: number;
        readonly frames: number;
      }): void => {
        if (done === 0 && frame === 0) return; // most pictures take no longer than that
        const page = frames > 1 ? `, page ${frame + 1} of ${frames}` : "";
        out.status(`Looking for a QR code in ${source}: step ${done + 1} of ${steps}${page}`);
      };
      const { scanImage } = await import("./scan_image.ts");
      const codes = await scanImage(bytes, { source, signal, onProgress });
      return { kind: "texts", texts: codes.map((code) => textOf(code, source)) };
    } finally {
      bytes.fill(0);
    }
  }
  const isList = format === "otpauth" || format === "google";
  if (format === undefined || isList) return { kind: "text", content: opened, isList };
  try {
    const { readTokens } = await import("./read_tokens.ts");
    const file = await unlocking(
      (keys) => readTokens(bytes, { source, as: options.as, ...keys }),
      { ...options, name: source },
    );
    return { kind: "file", file, source };
  } finally {
    bytes.fill(0);
  }
}

function textOf({ bytes, corners, frame, erasures }: FoundCode, source: string): FoundText {
  const xs = corners.map(({ x }) => x);
  const ys = corners.map(({ y }) => y);
  const [x, y] = [Math.round(Math.min(...xs)), Math.round(Math.min(...ys))];
  return {
    bytes,
    source,
    place: {
      page: frame + 1,
      x,
      y,
      width: Math.round(Math.max(...xs)) - x,
      height: Math.round(Math.max(...ys)) - y,
    },
    erasures,
  };
}

function withoutKnown(
  texts: readonly FoundText[],
  before: readonly ReadSource[],
): readonly FoundText[] {
  const known = before.flatMap((read) => read.kind === "texts" ? read.texts : []);
  return texts.filter(({ bytes }) => {
    const isKnown = known.some((other) => Buffer.compare(bytes, other.bytes) === 0);
    if (isKnown) bytes.fill(0);
    return !isKnown;
  });
}

/** Where a code lies, for people. */
export function describePlace({ page, x, y, width, height }: CodePlace): string {
  return `${page > 1 ? `page ${page}, ` : ""}${width} x ${height} at ${x}, ${y}`;
}
