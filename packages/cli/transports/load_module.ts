import { existsSync } from "node:fs";
import { createRequire, register } from "node:module";
import { resolve } from "node:path";
import process from "node:process";
import { pathToFileURL } from "node:url";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { NamedTransport } from "./named_transport.ts";
import { foreignCodeRuns } from "./foreign_code.ts";
import { readModule } from "./read_module.ts";

/**
 * Loads a transport's module, `.js` or `.ts`, by its path or the name of its package. Loading runs it.
 *
 * @throws {CliError} With what is wrong with it.
 */
export async function loadModule(spec: string): Promise<NamedTransport> {
  const url = locate(spec);
  if (/\.m?ts$/.test(url)) understandTypes();
  foreignCodeRuns();
  let exports: object;
  try {
    exports = await import(url) as object;
  } catch (error) {
    throw throwsOnImport(error, { spec, url });
  }
  return readModule(exports, spec);
}

function locate(spec: string): string {
  const path = resolve(spec);
  if (existsSync(path)) return pathToFileURL(path).href;
  try {
    return pathToFileURL(createRequire(resolve("here.js")).resolve(spec)).href;
  } catch {
    throw new CliError(`Cannot load transport "${spec}": there is no such module`, {
      code: "transport/not-found",
      exit: EXIT.failed,
      next: "Name the module's file, from here or from the top: ./my_reader.ts.",
    });
  }
}

let understood = false;

/** Lets this process import TypeScript, where its runtime does not do so by itself. */
function understandTypes(): void {
  const { features, versions } = process as NodeJS.Process & {
    readonly features: { readonly typescript?: unknown };
  };
  if (understood || features.typescript || versions["bun"] || versions["deno"]) return;
  understood = true;
  register("./strip_types.js", import.meta.url);
}

/** What modules throw is their authors' own, and no seed has been read yet: it may be shown. */
function throwsOnImport(
  error: unknown,
  { spec, url }: { readonly spec: string; readonly url: string },
): CliError {
  const { name = "Error", message = String(error), stack = "", code } = Object(error) as
    & Partial<Error>
    & { readonly code?: unknown };
  const said = message.split("\n").map((line) => line.trim()).find((line) => line !== "");
  const line = stack.split(`${url}:`)[1]?.match(/^\d+/)?.[0];
  const where = line === undefined ? "" : ` in line ${line}`;
  return new CliError(
    `Cannot load transport "${spec}": it throws on import${where}: ${said ?? name}`,
    {
      code: "transport/throws",
      exit: EXIT.failed,
      next: nextStep(said ?? "", code),
      cause: error,
    },
  );
}

function nextStep(said: string, code: unknown): string {
  if (/strip-only/.test(said)) {
    return "Types are taken out, nothing is compiled: write it without enums, namespaces and parameter properties.";
  }
  return code === "ERR_MODULE_NOT_FOUND"
    ? "Install what it imports beside it; relative imports need their file extension."
    : "Importing a transport must do nothing: load native code inside probe(), list() and open().";
}
