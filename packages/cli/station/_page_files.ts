import { readdir, readFile } from "node:fs/promises";
import { extname, join } from "node:path";
import { fileURLToPath } from "node:url";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/** A file of the page. */
export interface PageFile {
  readonly type: string;
  readonly bytes: Uint8Array<ArrayBuffer>;
}

/** The files of the page by their path, such as `/page.js`; `/` is the page itself. */
export type PageFiles = ReadonlyMap<string, PageFile>;

const TYPES: Readonly<Record<string, string>> = {
  ".html": "text/html; charset=utf-8",
  ".js": "text/javascript; charset=utf-8",
  ".css": "text/css; charset=utf-8",
  ".svg": "image/svg+xml",
  ".wasm": "application/wasm",
};

/** Where the built page stands, seen from this file built and from its source. */
const FOLDERS = ["../page/", "../dist/page/"] as const;

/**
 * Reads the page into memory: what is served is this list and nothing else, so no path leads out of it.
 *
 * @throws {CliError} If it has not been built.
 */
export async function readPageFiles(): Promise<PageFiles> {
  for (const folder of FOLDERS) {
    const home = fileURLToPath(new URL(folder, import.meta.url));
    const names = await readdir(home).catch((): string[] => []);
    if (!names.includes("index.html")) continue;
    const files = new Map<string, PageFile>();
    for (const name of names) {
      const type = TYPES[extname(name)];
      if (type) {
        files.set(`/${name}`, { type, bytes: new Uint8Array(await readFile(join(home, name))) });
      }
    }
    files.set("/", files.get("/index.html")!);
    return files;
  }
  throw new CliError("Cannot open the station: its page is not there", {
    code: "station/no-page",
    exit: EXIT.failed,
    next: "Install otpsmith again; in a clone of the repository run: npm run build",
  });
}
