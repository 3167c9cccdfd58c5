import { execFile } from "node:child_process";
import { mkdir, mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { checkImports, checkPageImports } from "../tools/check_imports.mjs";
import { strayFiles } from "../tools/gates/packs.mjs";
import { findIn, lockFindings } from "../tools/gates/texts.mjs";

// A gate that never closes is worse than none: each is shown something bad here and has to say so.

const root = join(import.meta.dirname, "..");

/** What a program prints, whatever its exit code: linters end with 1 when they find something. */
function outputOf(program: string, args: readonly string[], cwd: string): Promise<string> {
  return new Promise((resolve) => {
    const folder = join(root, "node_modules/.bin"); // oxlint looks for its other half in PATH
    const PATH = `${folder}:${process.env["PATH"]}`;
    const env = { ...process.env, PATH, NO_COLOR: "1", DENO_NO_UPDATE_CHECK: "1" };
    execFile(join(folder, program), args, { cwd, env }, (_, out, err) => resolve(out + err));
  });
}

/** Sources, and the house rules that each breaks. */
const LINTED: Readonly<Record<string, readonly [source: string, ...rules: string[]]>> = {
  "packages/core/now.ts": [
    "export const times: unknown[] = [Date.now(), new Date(), Date(), new Date(0)];",
    "time-through-the-door",
    "time-through-the-door",
    "time-through-the-door",
  ],
  "packages/core/time/now.ts": ["export const now: number = Date.now();"],
  "packages/core/now_test.ts": ["export const now: number = Date.now();"],
  "tools/now.ts": ["export const now: number = Date.now(); console.log(now);"],
  "packages/core/print.ts": ["console.log('hello');", "no-console"],
  "packages/cli/print.ts": ["console.log('hello');"],
  "packages/core/private.ts": [
    "export class A { private a = 1; protected b(): void {} private constructor() {} #c = 1; }\n" +
    "export class B { constructor(readonly a: number) {} }",
    "hash-private",
    "hash-private",
    "hash-private",
  ],
  "packages/core/enum.ts": ["export enum Colour { Red }", "no-enum"],
  "packages/core/using.ts": [
    "declare function open(): Disposable & AsyncDisposable;\n" +
    "export async function f(): Promise<void> { using _a = open(); await using _b = open(); }",
    "no-using",
    "no-using",
  ],
  "packages/core/parameters.ts": [
    "export function f(_a: string, _b: string, _c: string): void {}\n" +
    "export function g(_a: string, _b: string, options: object = {}): object { return options; }\n" +
    "export function h(_a: string, _b: string, { signal }: { signal?: AbortSignal }): unknown {\n" +
    "  return signal;\n}\n" +
    "function i(_a: string, _b: string, _c: string): void {}\ni('', '', '');",
    "few-parameters",
  ],
  "packages/core/CamelCase.ts": ["export const a = 1;", "snake-case-files"],
};

describe("tools that read files", () => {
  let folder: string;
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "otpsmith-gates-"));
    const plugins = [join(root, "tools/lint_plugin.ts")];
    const config = { lint: { plugins, rules: { tags: [] } } };
    const files = {
      "deno.json": JSON.stringify(config),
      "tsconfig.json": JSON.stringify({ compilerOptions: { strict: true } }),
      "forgotten.ts": "export function f(work: () => Promise<void>): void {\n  work();\n}\n",
      "misused.ts": "export function f(): void {\n  [1].forEach(async () => await 0);\n}\n",
      ...Object.fromEntries(Object.entries(LINTED).map(([path, [source]]) => [path, source])),
    };
    for (const [path, text] of Object.entries(files)) {
      await mkdir(dirname(join(folder, path)), { recursive: true });
      await writeFile(join(folder, path), text);
    }
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("the lint plugin finds what breaks each rule of the house, and nothing else", async () => {
    const { diagnostics, errors } = JSON.parse(await outputOf("deno", ["lint", "--json"], folder));
    expect(errors).toEqual([]);
    const found = diagnostics
      .map(({ filename, code }: { filename: string; code: string }) =>
        `${filename.split(`${folder}/`)[1]} ${code}`
      ).sort();
    const expected = Object.entries(LINTED)
      .flatMap(([path, [, ...rules]]) => rules.map((rule) => `${path} otpsmith/${rule}`)).sort();
    expect(found).toEqual(expected);
  });

  test("oxlint finds forgotten awaits", async () => {
    const config = ["--type-aware", "--format=unix", "--config", join(root, ".oxlintrc.json")];
    const output = await outputOf("oxlint", [...config, "forgotten.ts", "misused.ts"], folder);
    expect(output).toMatch(/forgotten\.ts:2:3: .*no-floating-promises/);
    expect(output).toMatch(/misused\.ts:2:\d+: .*no-misused-promises/);
    expect(output).toMatch(/misused\.ts:2:\d+: .*await-thenable/);
  });
});

describe("imports", () => {
  const exports = { ".": {}, "./link": {}, "./burn": {} };
  const manifest = (name: string, ...dependencies: readonly string[]) => ({
    name: `@otpsmith/${name}`,
    exports,
    dependencies: Object.fromEntries(dependencies.map((dependency) => [dependency, "1.0.0"])),
  });
  const manifests = new Map([
    ["core", manifest("core", "otpauth", "zod")],
    ["formats", manifest("formats", "@otpsmith/core")],
    ["simulator", manifest("simulator", "@otpsmith/core")],
    ["conformance", manifest("conformance", "@otpsmith/core", "zod")],
    ["cli", manifest("cli", "@otpsmith/core", "@otpsmith/simulator")],
  ]);
  const check = (sources: Readonly<Record<string, string>>): string[] =>
    checkImports(new Map(Object.entries(sources)), manifests);

  test.each([
    ["packages/core/otp/a.ts", `import { TOTP } from "otpauth/bare";`],
    ["packages/core/otp/a_test.ts", `import { readFile } from "node:fs"; import "vitest";`],
    ["packages/core/drivers/x/a.ts", `import { a } from "../../link/mod.ts"; import "./b.ts";`],
    ["packages/simulator/a.ts", `import type { Link } from "@otpsmith/core/link";`],
    ["packages/simulator/a_test.ts", `import { burn } from "@otpsmith/core";`],
    ["packages/cli/io/a.ts", `import "../_shared.ts"; import "node:fs"; import "@otpsmith/core";`],
    ["packages/core/link/a.ts", `// import "node:fs";\nexport const text = 'import "node:fs"';`],
  ])("in %s: %s is fine", (file, source) => {
    expect(check({ [file]: source })).toEqual([]);
  });

  test("the page of the station imports what runs in browsers, and types of the command", () => {
    const page = (source: string): string[] =>
      checkPageImports(new Map([["apps/station/a.tsx", source]]));
    expect(page(`import { render } from "preact"; import "./b.tsx";`)).toEqual([]);
    expect(page(`import type { StationState } from "@otpsmith/cli/station_api";`)).toEqual([]);
    expect(page(`import { run } from "@otpsmith/cli";`)).toHaveLength(1);
    expect(page(`import { readFile } from "node:fs";`)).toHaveLength(1);
  });

  test.each([
    ["packages/core/a.ts", `import "node:fs";`, "no modules of Node"],
    ["packages/core/a.ts", `import fs from "fs/promises";`, "no modules of Node"],
    ["packages/formats/a.ts", `export const f = () => import("node:fs");`, "no modules of Node"],
    ["packages/core/a.ts", `import { z } from "zod";`, "core may not use"],
    ["packages/conformance/a.ts", `export * from "zod";`, "conformance may not use"],
    ["packages/core/a.ts", `import "left-pad";`, "package.json does not name"],
    ["packages/core/a.ts", `import "@otpsmith/simulator";`, "package.json does not name"],
    ["packages/simulator/a.ts", `import { burn } from "@otpsmith/core";`, "simulator may not use"],
    ["packages/simulator/a.ts", `import "@otpsmith/core/burn";`, "simulator may not use"],
    ["packages/cli/a.ts", `import "@otpsmith/core/otp/totp.ts";`, "does not export"],
    ["packages/cli/a_test.ts", `import "@otpsmith/core/otp/totp.ts";`, "does not export"],
    ["packages/cli/a.ts", `import "../core/mod.ts";`, "outside of its package"],
    ["packages/cli/a_test.ts", `import "../core/mod.ts";`, "outside of its package"],
    ["packages/cli/a.ts", `import "../../tools/a.ts";`, "outside of its package"],
    ["packages/core/a.ts", `import "./link/_private.ts";`, "private to packages/core/link"],
    ["packages/core/a.ts", `import "./link/mod";`, "lacks its file extension"],
    ["packages/core/drivers/x/a.ts", `import "../../link/link.ts";`, "public entry points"],
    ["packages/core/drivers/x/a.ts", `import "../y/mod.ts";`, "is a driver"],
    ["packages/core/a.ts", `export * from "./drivers/x/mod.ts";`, "is a driver"],
    ["packages/core/a.ts", `export type A = import("node:fs").Stats;`, "no modules of Node"],
    ["packages/unheard/a.ts", `import "@otpsmith/core";`, `has no "unheard"`],
  ])("in %s: %s is found", (file, source, says) => {
    expect(check({ [file]: source })).toEqual([expect.stringContaining(says)]);
  });

  test("folders that import each other in a circle are found once, with the way around", () => {
    const sources = {
      "packages/core/a/a.ts": `import { b } from "../b/b.ts";`,
      "packages/core/b/b.ts": `import { c } from "../c/c.ts";`,
      "packages/core/c/c.ts": `import type { A } from "../a/a.ts";`,
      "packages/core/c/d.ts": `import { c } from "./c.ts";`,
    };
    expect(check(sources)).toEqual([
      "Folders import each other in a circle:\n" +
      "  packages/core/a/a.ts -> packages/core/b/b.ts\n" +
      "  packages/core/b/b.ts -> packages/core/c/c.ts\n" +
      "  packages/core/c/c.ts -> packages/core/a/a.ts (type)",
    ]);
  });
});

describe("files", () => {
  test("tarballs may not hold tests, secrets or output without a source", () => {
    const good = ["LICENSE", "README.md", "package.json", "mod.ts", "dist/mod.js", "dist/mod.d.ts"];
    expect(strayFiles(good)).toEqual([]);
    const bad = ["a_test.ts", "testdata/a.json", ".npmrc", "tsconfig.tsbuildinfo", "server.pem"];
    for (const file of [...bad, "dist/gone.js", "dist/gone.d.ts.map"]) {
      expect(strayFiles([...good, file])).toEqual([expect.stringContaining(file)]);
    }
    expect(strayFiles(good.slice(1))).toEqual(["LICENSE is missing"]);
  });

  test("texts may not name a machine, hold a credential or put work off", () => {
    // Put together here, so that this file does not hold what it speaks of.
    const bad = ["work", "root"].map((folder) => `see /${folder}/main`);
    bad.push(["TO", "DO: later"].join(""), `-----BEGIN ${"PRIVATE"} KEY-----`);
    for (const line of bad) {
      expect(findIn("packages/core/a.ts", ["fine", line])).toEqual([
        expect.stringMatching(/^packages\/core\/a\.ts:2: holds /),
      ]);
    }
    expect(findIn("packages/core/a.ts", ["https://example.org/work/a", "./work/a"])).toEqual([]);
  });

  test("the lock may not name a registry", () => {
    const lock = (resolved: string): string => JSON.stringify({ packages: { a: { resolved } } });
    expect(lockFindings(lock("packages/core"))).toEqual([]);
    expect(lockFindings(lock("https://registry.example/a.tgz"))).toHaveLength(1);
  });
});
