import { spawnSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { followDocument, type Followed, linkPackages, ROOT } from "./follow_document.ts";

// docs/adding-a-driver.md, done as it stands there: in an empty folder, with the packages as they are published.

const TIMEOUT_MS = 300_000;
let folder: string;
let env: NodeJS.ProcessEnv;
let followed: Followed;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-driver-"));
  env = { ...await linkPackages(folder, ["vitest"]), NO_COLOR: "1" };
  await writeFile(join(folder, "package.json"), '{ "type": "module" }\n');
  followed = await followDocument("docs/adding-a-driver.md", { folder, env });
}, TIMEOUT_MS);
afterAll(() => rm(folder, { recursive: true, force: true }));

function run(command: string): { readonly status: number | null; readonly output: string } {
  const { status, stdout, stderr } = spawnSync("sh", ["-c", command], {
    cwd: folder,
    encoding: "utf8",
    env,
  });
  return { status, output: stdout + stderr };
}

test("from golden bytes to a driver and a virtual token that keep their promises", () => {
  const { commands, files } = followed;
  expect(commands).toEqual([
    "vitest run commands_test.ts",
    "vitest run model_test.ts",
    "vitest run",
  ]);
  expect(files.length).toBe(new Set(files).size);
});

test("its files are sound TypeScript under the strict flags", async () => {
  const tsc = join(ROOT, "node_modules/.bin/tsc");
  const flags = "--noEmit --strict --noUncheckedIndexedAccess --exactOptionalPropertyTypes " +
    "--module nodenext --target es2023 --lib es2023,esnext.disposable --allowImportingTsExtensions " +
    `--erasableSyntaxOnly --skipLibCheck --types node --typeRoots ${
      join(ROOT, "node_modules/@types")
    }`;
  expect(run(`"${tsc}" ${flags} *.ts`)).toEqual({ status: 0, output: "" });
  await writeFile(
    join(folder, "wrong.ts"),
    'import { pebble } from "./driver.ts";\nexport const n: number = pebble().evidence;\n',
  );
  expect(run(`"${tsc}" ${flags} wrong.ts`).output).toContain("'Evidence' is not assignable");
  await rm(join(folder, "wrong.ts"));
}, TIMEOUT_MS);

// A run that cannot fail proves nothing: each of these breaks one promise of the document.
test.each([
  ["model_test.ts", "virtual_pebble.ts", "return status(0x6985)", "return status(0x6a80)"],
  ["commands_test.ts", "commands.ts", "setUint32(0, settings.", "setUint32(1, settings."],
  ["driver_test.ts -t effects", "commands.ts", 'effect: "writes-seed"', 'effect: "none"'],
  ["driver_test.ts -t unknown-model", "token.ts", "if (!model) return readable;", ""],
])("vitest run %s notices a mistake in %s: %s → %s", async (tests, file, from, to) => {
  const path = join(folder, file);
  const text = await readFile(path, "utf8");
  expect(text.split(from).length).toBe(2);
  try {
    await writeFile(path, text.replace(from, to));
    const { status, output } = run(`vitest run ${tests}`);
    expect(output).toMatch(/Tests .*\d+ failed/);
    expect(status).toBe(1);
  } finally {
    await writeFile(path, text);
  }
}, TIMEOUT_MS);
