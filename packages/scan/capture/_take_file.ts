import { constants, open, unlink } from "node:fs/promises";
import { basename } from "node:path";
import process from "node:process";
import { fileURLToPath } from "node:url";
import { captureError } from "./_errors.ts";
import { MAX_FILE_BYTES } from "../limits.ts";
import { isImageType, sniff } from "../sniff.ts";

/** A file that was read and taken away, or why it is still there. */
export interface TakenFile {
  readonly bytes: Uint8Array;
  /** What a person has to know of the file. */
  readonly note: string;
}

/** Clocks of file systems are coarse. */
const GRACE_MS = 3000;

/**
 * Reads a picture that the desktop has laid down for us, overwrites it and deletes it. Only a plain file
 * of this user, no link, that is a picture and was not there before we asked, is touched.
 *
 * @throws {FormatError} `format/screen` if it cannot be read.
 */
export async function takeFile(
  uri: string,
  { askedAt }: { readonly askedAt: number },
): Promise<TakenFile> {
  const strange = (cause?: unknown) =>
    captureError("screen", {
      state: "the picture that the desktop has taken cannot be read",
      cause,
    });
  let path: string;
  try {
    path = fileURLToPath(uri);
  } catch (cause) {
    throw strange(cause);
  }
  const { O_RDWR, O_RDONLY, O_NOFOLLOW } = constants;
  const file = await open(path, O_RDWR | O_NOFOLLOW).catch(() => open(path, O_RDONLY | O_NOFOLLOW))
    .catch((cause: unknown) => {
      throw strange(cause);
    });
  try {
    const stat = await file.stat();
    if (!stat.isFile() || stat.size === 0 || stat.size > MAX_FILE_BYTES) throw strange();
    const bytes = new Uint8Array(stat.size);
    let length = 0;
    while (length < bytes.length) {
      const { bytesRead } = await file.read(bytes, length, bytes.length - length, length);
      if (bytesRead === 0) break;
      length += bytesRead;
    }
    const type = sniff(bytes);
    const isNew = Math.max(stat.mtimeMs, stat.ctimeMs) >= askedAt - GRACE_MS;
    const isOurs = stat.uid === process.getuid?.();
    if (!isImageType(type) || !isNew || !isOurs) {
      return { bytes, note: `The desktop has kept a picture of the screen: delete ${path}` };
    }
    try {
      await file.write(new Uint8Array(bytes.length), 0, bytes.length, 0);
      await file.sync();
      await unlink(path);
    } catch {
      return { bytes, note: `The desktop has kept a picture of the screen: delete ${path}` };
    }
    return {
      bytes,
      note: `The desktop had written the picture to a file, ${basename(path)}; ` +
        "it was overwritten and deleted.",
    };
  } finally {
    await file.close();
  }
}
