import { type FormatError, isProjectError } from "@otpsmith/core/errors";
import { detectFormat, readTokens, type TokenFile, type TokenRecord } from "@otpsmith/formats";
import { scanImage, type SourceContent } from "@otpsmith/scan";
import type { CommandContext } from "../program.ts";
import { type CaptureOptions, openSource } from "./open_source.ts";
import { unlocking, type UnlockOptions } from "./unlock.ts";

/** Options that say how a file is read. */
export interface FileOptions extends UnlockOptions, CaptureOptions {
  readonly as?: "base32" | "hex";
}

/** What a file with tokens holds, and what it is called in messages. */
export interface TokenSource {
  readonly file: TokenFile;
  readonly name: string;
}

/** Reads a file with tokens: any that `@otpsmith/formats` knows, or QR codes of a picture or the screens. */
export async function readTokenSource(
  source: string,
  options: FileOptions & { readonly context: CommandContext },
): Promise<TokenSource> {
  const content = await openSource(source, options);
  if (content.kind === "codes") {
    return { file: readCodes(content.codes, content.source), name: content.source };
  }
  try {
    return { file: await readContent(content, options), name: content.source };
  } finally {
    content.bytes.fill(0);
  }
}

/** Reads what was read already. */
export async function readContent(
  content: SourceContent,
  options: FileOptions & { readonly context: CommandContext },
): Promise<TokenFile> {
  const { bytes, kind, source } = content;
  // What is no text may still be one in Windows-1252, or an encrypted backup.
  if (kind === "picture" && !detectFormat(bytes)) return await readPicture(content, options);
  const name = source;
  return await unlocking(
    (keys) => readTokens(bytes, { source, as: options.as, ...keys }),
    { ...options, name },
  );
}

async function readPicture(
  { bytes, source }: SourceContent,
  { context: { signal } }: { readonly context: CommandContext },
): Promise<TokenFile> {
  return readCodes(await scanImage(bytes, { source, signal }), source);
}

/** The texts of codes, overwritten when they have been read. */
function readCodes(codes: readonly { readonly bytes: Uint8Array }[], source: string): TokenFile {
  const list = new Uint8Array(codes.reduce((sum, code) => sum + code.bytes.length + 1, 0));
  let at = 0;
  for (const code of codes) {
    list.set(code.bytes, at);
    at += code.bytes.length;
    list[at++] = 0x0a;
    code.bytes.fill(0);
  }
  try {
    return readTokens(list, { source, format: "otpauth" });
  } finally {
    list.fill(0);
  }
}

/** Tells the records of a file from what was refused. */
export function isRefused(entry: TokenRecord | FormatError): entry is FormatError {
  return isProjectError(entry);
}

/** Overwrites the seeds of a file. */
export function wipeFile(file: TokenFile): void {
  for (const entry of file.entries) if (!isRefused(entry)) entry.secret.wipe();
}
