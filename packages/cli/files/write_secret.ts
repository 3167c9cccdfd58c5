import { randomBytes } from "node:crypto";
import { link, lstat, open, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";

/** Where something secret goes. */
export interface SecretOutput {
  /** A file, or "-" for standard output; standard output if left out. */
  readonly out?: string;
  /** Whether a file that is there may be replaced. */
  readonly force?: boolean;
  /** Whether a person wants to see it. */
  readonly reveal?: boolean;
}

/** Refuses before anything is read where the output would be shown to somebody who did not ask for it. */
export function checkSecretOutput(
  { out: path, reveal }: SecretOutput,
  { io, out }: CommandContext,
): void {
  if ((path !== undefined && path !== "-") || reveal) return;
  if (!out.json && io.stdout.isTTY !== true) return;
  throw new CliError(
    out.json
      ? "Cannot write to standard output: with --json it would be part of the result"
      : "Cannot write to the terminal: it would show the seeds",
    {
      code: "usage/secret-on-terminal",
      exit: EXIT.usage,
      next: "Name a file with --out FILE, or say --reveal if the seeds may be seen.",
    },
  );
}

/**
 * Writes something secret: to a file with mode 0600, whole or not at all, or to standard output. Gives
 * what belongs into the result of `--json`.
 */
export async function writeSecret(
  bytes: Uint8Array,
  output: SecretOutput,
  { io, out }: CommandContext,
): Promise<Readonly<Record<string, unknown>>> {
  const { out: path = "-" } = output;
  if (path !== "-") {
    await writeFileWhole(path, bytes, { force: output.force === true });
    return { out: path };
  }
  if (out.json) return { text: new TextDecoder().decode(bytes) }; // only with --reveal
  await new Promise<void>((resolve, reject) => {
    io.stdout.write(bytes, (error) => error ? reject(error) : resolve());
  });
  return {};
}

async function writeFileWhole(
  path: string,
  bytes: Uint8Array,
  { force }: { readonly force: boolean },
): Promise<void> {
  const known = await lstat(path).catch(() => undefined);
  if (known && (!known.isFile() || !force)) throw thereAlready(known.isFile());
  const folder = dirname(path);
  const draft = join(folder, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  try {
    const file = await open(draft, "wx", 0o600);
    try {
      await file.writeFile(bytes);
      await file.sync();
    } finally {
      await file.close();
    }
    // A link fails where somebody else has made the file since; not every file system has links.
    if (force) await rename(draft, path);
    else {
      await link(draft, path).then(() => unlink(draft), async (error: NodeJS.ErrnoException) => {
        if (error.code === "EEXIST") throw thereAlready(true);
        await rename(draft, path);
      });
    }
  } catch (cause) {
    await unlink(draft).catch(() => undefined);
    if (cause instanceof CliError) throw cause;
    throw new CliError("Cannot write file: the system refuses it", {
      code: "usage/unwritable",
      exit: EXIT.refused,
      next: "Name a file in a folder that exists and that you may write to.",
      cause,
    });
  }
}

function thereAlready(isFile: boolean): CliError {
  return new CliError(
    isFile
      ? "Cannot write file: there is one of that name"
      : "Cannot write file: there is a folder, a link or a device of that name",
    {
      code: "usage/file-exists",
      exit: EXIT.refused,
      next: isFile ? "Name another one, or replace it with --force." : "Name another one.",
    },
  );
}
