import { type FormatError, isProjectError } from "@otpsmith/core/errors";
import type { FileFormat, TokenFile, TokenRecord } from "@otpsmith/formats";
import type { CommandContext } from "../program.ts";
import { leaveSource } from "./open_source.ts";
import { type FoundText, readSources, readTexts, type SourceOptions } from "./read_sources.ts";

/** Options that say how files are read. */
export type FileOptions = SourceOptions;

/** What files with tokens hold together. */
export interface Tokens extends Pick<TokenFile, "encrypted" | "entries"> {
  /** What kind of file it is; `several` if the sources are not of one kind. */
  readonly format: FileFormat | "several";
}

/** Reads files with tokens: any that `@otpsmith/formats` knows, or QR codes of pictures or the screens. */
export async function readTokenSource(
  source: string,
  options: FileOptions & { readonly context: CommandContext },
): Promise<Tokens> {
  const files: TokenFile[] = [];
  const texts: FoundText[] = [];
  try {
    for (const read of await readSources(source, options)) {
      if (read.kind === "file") files.push(read.file);
      else if (read.kind === "texts") texts.push(...read.texts);
      else {
        const { bytes, source } = read.content;
        // Lists are read together; what is none is refused by name.
        if (read.isList) texts.push({ bytes, source, erasures: 0 });
        else {
          const { readTokens } = await import("./read_tokens.ts");
          files.push(readTokens(bytes, { source, as: options.as }));
        }
      }
    }
    if (texts.length > 0) files.push(readTexts(texts));
  } finally {
    for (const { bytes } of texts) bytes.fill(0);
  }
  const [{ format }] = files as [TokenFile];
  const entries = files.flatMap((file) => file.entries);
  if (entries.some((entry) => !isRefused(entry))) await leaveSource(source, options);
  return {
    format: files.every((file) => file.format === format) ? format : "several",
    encrypted: files.some(({ encrypted }) => encrypted),
    entries,
  };
}

/** Tells the records of a file from what was refused. */
export function isRefused(entry: TokenRecord | FormatError): entry is FormatError {
  return isProjectError(entry);
}

/** Overwrites the seeds of a file. */
export function wipeFile(file: Pick<TokenFile, "entries">): void {
  for (const entry of file.entries) if (!isRefused(entry)) entry.secret.wipe();
}
