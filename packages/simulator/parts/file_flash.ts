import {
  closeSync,
  fsyncSync,
  openSync,
  readFileSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { dirname } from "node:path";
import { FormatError } from "@otpsmith/core/errors";
import { FileLock, LockBusy } from "./_file_lock.ts";
import type { Flash, FlashImage } from "./flash.ts";
import { decodeFlashImage, encodeFlashImage } from "./flash_image.ts";

/** A state file has 600 bytes, or 50,000 for a hundred accounts; anything much longer is another file. */
const MAX_FILE_BYTES = 1_048_576;

/**
 * Storage in a JSON file (mode 0600), which is the single source of truth: several processes may share
 * it, one that serves the token and one that looks at its display. A write goes to a second file beside
 * it, is flushed to the disk and takes the first one's place in one step, so a process killed at any
 * moment, or a computer that loses power, leaves the old state or the new one. Writers take turns
 * through a lock file; readers need none.
 *
 * The file holds the seed, as a real token's flash does.
 *
 * @throws {FormatError} `format/state` from `read` and `update` if the file is damaged, cannot be
 * reached or stays locked.
 *
 * @example A token that is still there tomorrow
 * ```ts
 * import { mkdtempSync, rmSync } from "node:fs";
 * import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
 *
 * const folder = mkdtempSync("/tmp/example-");
 * const file = `${folder}/desk.json`;
 * createVirtualToken({ model: "token2-single:C301-i", storage: fileFlash(file) });
 * const later = createVirtualToken({ storage: fileFlash(file) });
 * rmSync(folder, { recursive: true });
 * if (later.model !== "token2-single:C301-i") throw new Error("unexpected");
 * ```
 */
export function fileFlash(path: string): Flash {
  return new FileFlash(path);
}

class FileFlash implements Flash {
  readonly label: string;

  constructor(path: string) {
    this.label = path;
  }

  read(): FlashImage | undefined {
    return this.#guard("read", () => {
      let text: string;
      try {
        text = statSync(this.label).size > MAX_FILE_BYTES ? "" : readFileSync(this.label, "utf8");
      } catch (error) {
        if ((error as NodeJS.ErrnoException).code === "ENOENT") return undefined;
        throw error;
      }
      return decodeFlashImage(text, this.label);
    });
  }

  update(change: (image: FlashImage | undefined) => FlashImage): FlashImage {
    return this.#guard("write", () => {
      for (;;) {
        const lock = new FileLock(`${this.label}.lock`);
        lock.acquire();
        try {
          const old = this.read();
          const image = change(old);
          if (image === old || this.#replace(encodeFlashImage(image), lock)) return image;
        } finally {
          lock.release();
        }
      }
    });
  }

  /** Says `false`, with nothing changed, if the lock was taken away meanwhile. */
  #replace(text: string, lock: FileLock): boolean {
    // One name for all writers: what a killed one leaves behind is overwritten by the next, so that
    // seeds do not pile up in forgotten files. Removed first, so that mode and owner are ours.
    const next = `${this.label}.new`;
    rmSync(next, { force: true });
    const file = openSync(next, "wx", 0o600);
    try {
      writeFileSync(file, text);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
    if (!lock.held) return false;
    renameSync(next, this.label);
    flushFolder(dirname(this.label));
    return true;
  }

  #guard<T>(action: "read" | "write", work: () => T): T {
    try {
      return work();
    } catch (error) {
      if (error instanceof FormatError) throw error;
      const busy = error instanceof LockBusy;
      const code = (error as NodeJS.ErrnoException).code;
      if (!busy && code === undefined) throw error; // a bug, not the file system
      throw new FormatError(
        "state",
        `Cannot ${action} token state "${this.label}": ` +
          (busy ? `it is locked, ${error.message}` : reason(code!)),
        {
          source: this.label,
          cause: error,
          next: busy
            ? `End the other program, or delete "${this.label}.lock" if there is none.`
            : "Name a file in a folder that exists and that you may write to.",
        },
      );
    }
  }
}

/** Makes the new name last through a power loss. Systems that cannot open a folder do not need it. */
function flushFolder(path: string): void {
  let folder: number;
  try {
    folder = openSync(path, "r");
  } catch {
    return;
  }
  try {
    fsyncSync(folder);
  } catch {
    // not every file system can flush a folder; the rename stands all the same
  } finally {
    closeSync(folder);
  }
}

const REASONS: Readonly<Record<string, string>> = {
  EACCES: "you are not allowed to",
  EPERM: "you are not allowed to",
  EROFS: "the disk is read-only",
  ENOSPC: "the disk is full",
  EISDIR: "it is a folder",
  ENOENT: "its folder does not exist",
  ENOTDIR: "its folder is a file",
};

function reason(code: string): string {
  return REASONS[code] ?? `the system says ${code}`;
}
