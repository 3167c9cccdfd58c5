import { spawnSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { chmod, mkdir, symlink, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "vitest";

/** The top of the repository. */
export const ROOT: string = fileURLToPath(new URL("..", import.meta.url));

/** The text of a file of this repository. */
export function read(path: string): string {
  return readFileSync(join(ROOT, path), "utf8");
}

/** A fenced block of a document. */
export interface Block {
  /** What stands behind the fence: `ts`, `console`, `json`, `sh`. */
  readonly language: string;
  /** The file that the block is: the line above ends with its name in backticks and a colon. */
  readonly file?: string | undefined;
  readonly text: string;
}

/** The fenced blocks of a document's text, in order. */
export function blocksOf(text: string): readonly Block[] {
  return [...text.matchAll(/(?:`([\w./-]+)`:\n\n)?^```(\w*)\n([^]*?)^```$/gm)]
    .map(([, file, language = "", text = ""]) => ({ language, file, text }));
}

/** How a document is followed. */
export interface FollowOptions {
  /** An empty folder outside of the repository. */
  readonly folder: string;
  readonly env?: Readonly<NodeJS.ProcessEnv> | undefined;
  /** Makes equal what differs from run to run: times, codes, versions. */
  readonly settle?: ((text: string) => string) | undefined;
}

/** What was done with the blocks of a document; a test asserts that it was as much as it thinks. */
export interface Followed {
  /** Files that were written, and how often. */
  readonly files: readonly string[];
  /** Commands that were run and whose output was compared. */
  readonly commands: readonly string[];
  /** Results of `--json` that were compared. */
  readonly results: number;
}

/**
 * Does in a folder what a document says, block by block:
 *
 * - below a line that ends with `` `name.ts`: `` stands a file, which is written (again);
 * - a block fenced as `console` is run: a line after `$ ` is a command, and what follows is its output,
 *   compared; `[exit 3]` ends the output of a command that does not end with 0. A line `…` stands for
 *   any number of lines. Without any output, only the exit code is compared;
 * - a block fenced as `json` behind it is the last line of its output, laid out for people;
 * - a block fenced as `sh` is passed over: it needs a reader, a token or the network.
 */
export async function followDocument(
  document: string | { readonly text: string },
  { folder, env = process.env, settle = (text) => text }: FollowOptions,
): Promise<Followed> {
  const files: string[] = [];
  const commands: string[] = [];
  let results = 0;
  let last = "";
  for (
    const { language, file, text } of blocksOf(
      typeof document === "string" ? read(document) : document.text,
    )
  ) {
    if (file !== undefined) {
      await mkdir(dirname(join(folder, file)), { recursive: true });
      await writeFile(join(folder, file), text);
      files.push(file);
    } else if (language === "console") {
      for (const { command, output } of transcript(text)) {
        const { status, stdout } = spawnSync("sh", ["-c", `exec 2>&1\n${command}`], {
          cwd: folder,
          encoding: "utf8",
          env,
          stdio: ["ignore", "pipe", "pipe"],
        });
        commands.push(command);
        last = stdout.trimEnd();
        const silent = output.replace(/\[exit \d\]$/, "") === "";
        const said = status === 0 ? "" : `[exit ${status}]`;
        const whole = silent ? said : [last, said].filter((part) => part !== "").join("\n");
        expect(shortened(settle(whole), settle(output)), command).toBe(settle(output));
      }
    } else if (language === "json") {
      const result: unknown = JSON.parse(last.split("\n").at(-1) ?? "");
      const laidOut = (value: unknown): unknown => JSON.parse(settle(JSON.stringify(value)));
      expect(laidOut(result), commands.at(-1)).toEqual(laidOut(JSON.parse(text)));
      results += 1;
    }
  }
  return { files, commands, results };
}

/** A shell's transcript, command by command. */
export function transcript(
  text: string,
): readonly { readonly command: string; readonly output: string }[] {
  return text.split(/^\$ /m).slice(1).map((part) => {
    const [command = "", ...output] = part.trimEnd().split("\n");
    return { command, output: output.join("\n") };
  });
}

/** What was printed; or what is shown, if that is the same but for the lines that `…` stands for. */
function shortened(printed: string, shown: string): string {
  const lines = shown.split("\n").map((line) =>
    line === "…" ? "[^]+" : line.replace(/[\\^$.*+?()[\]{}|/]/g, "\\$&")
  );
  return new RegExp(`^${lines.join("\n")}$`).test(printed) ? shown : printed;
}

/**
 * Makes a folder what it is after `npm install` of our packages: the built ones, and the programs of this
 * repository that are named, linked into its `node_modules`. Returns the environment in which `otpsmith`
 * and the programs are found.
 */
export async function linkPackages(
  folder: string,
  programs: readonly string[] = [],
): Promise<NodeJS.ProcessEnv> {
  const modules = join(folder, "node_modules");
  const bin = join(modules, ".bin");
  await mkdir(join(modules, "@otpsmith"), { recursive: true });
  await mkdir(bin);
  for (const name of readdirSync(join(ROOT, "packages"))) {
    await symlink(join(ROOT, "packages", name), join(modules, "@otpsmith", name));
  }
  for (const name of programs) {
    await symlink(join(ROOT, "node_modules", name), join(modules, name));
  }
  for (const name of ["otpsmith", ...programs]) {
    const path = name === "otpsmith"
      ? "packages/cli/bin/otpsmith.cjs"
      : `node_modules/.bin/${name}`;
    const target = join(ROOT, path);
    await writeFile(join(bin, name), `#!/bin/sh\nexec "${process.execPath}" "${target}" "$@"\n`);
    await chmod(join(bin, name), 0o700);
  }
  // What a test runner sets for itself is no business of the programs of a document.
  const { NODE_OPTIONS: _, NODE_ENV: __, VITEST: ___, ...rest } = process.env;
  return { ...rest, PATH: `${bin}:${process.env["PATH"]}`, HOME: folder };
}
