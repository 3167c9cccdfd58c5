// @ts-check
/** Gates that read sources: their look, their rules, their types and which way they import. */
import { build } from "../build.mjs";
import { checkImports, checkPageImports } from "../check_imports.mjs";
import {
  expectNone,
  GateFailure,
  listFiles,
  must,
  readManifests,
  readText,
  run,
} from "./_support.mjs";

/** Sources look the way `npm run format` leaves them. */
export async function format() {
  const { code, output } = await run("deno", ["fmt", "--check"]);
  if (code === 0) return;
  const files = [...output.matchAll(/^from (.+):$/gm)].map(([, file]) => file);
  throw new GateFailure(`Not formatted, run "npm run format":\n${files.join("\n") || output}`);
}

/** Deno's recommended rules and those of tools/lint_plugin.ts. */
export async function lint() {
  await must("deno", ["lint", "--compact"]);
}

/** No promise is forgotten: the rules that need types. */
export async function promises() {
  await must("oxlint", ["--type-aware", "--deny-warnings"]);
}

/** Every package compiles under the strict flags. */
export async function types() {
  await build();
}

/** So do tests, examples and tools, which no package contains. */
export async function testTypes() {
  await must("tsc", ["-p", "tsconfig.test.json"]);
}

/** Imports point the way that the architecture says. */
export async function imports() {
  const files = (await listFiles("packages")).filter((file) => /\.ts$/.test(file));
  const sources = new Map(files.map((file) => [file, readText(file)]));
  const pages = (await listFiles("apps")).filter((file) => /\.tsx?$/.test(file));
  expectNone([
    ...checkImports(sources, await readManifests()),
    ...checkPageImports(new Map(pages.map((file) => [file, readText(file)]))),
  ]);
}
