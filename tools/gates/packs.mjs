// @ts-check
/** Gates over what would be published: the tarballs that `npm pack` makes. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { expectNone, GateFailure, must, readManifests, root, run } from "./_support.mjs";
import { SMOKE, smokePicture } from "./_smoke.mjs";

/** @typedef {{ name: string, path: string, files: readonly string[] }} Tarball */

/** @type {Promise<{ folder: string, tarballs: readonly Tarball[] }> | undefined} */
let packed;

/** Packs everything once for all gates of a run; the folder goes when the process ends. */
function pack() {
  packed ??= (async () => {
    const folder = mkdtempSync(join(tmpdir(), "otpsmith-packs-"));
    process.once("exit", () => rmSync(folder, { recursive: true, force: true }));
    const args = [
      "pack",
      "--workspaces",
      "--json",
      "--loglevel=error",
      "--pack-destination",
      folder,
    ];
    // npm 10 and 11 print a list, later ones an object by name.
    const list = Object.values(JSON.parse(await must("npm", args)));
    const published = new Set([...(await readManifests()).values()].map(({ name }) => name));
    const tarballs = list.filter(({ name }) => published.has(name)).map((
      { name, filename, files },
    ) => ({
      name,
      path: join(folder, filename),
      files: files.map((/** @type {{ path: string }} */ { path }) => path),
    }));
    return { folder, tarballs };
  })();
  return packed;
}

/** publint: the manifest fits the files that are shipped. */
export async function publint() {
  for (const { path } of (await pack()).tarballs) {
    await must("publint", ["run", "--strict", path]);
  }
}

/** attw: every entry point's types resolve, for consumers that use ES modules. */
export async function attw() {
  for (const { path } of (await pack()).tarballs) {
    await must("attw", [path, "--profile", "esm-only", "--no-emoji"]);
  }
}

/** Tarballs hold what is needed and nothing else: no tests, no stale output, nothing of this machine. */
export async function contents() {
  const findings = [];
  for (const { name, path, files } of (await pack()).tarballs) {
    findings.push(...strayFiles(files).map((finding) => `${name}: ${finding}`));
    for (const text of [root.replace(/\/$/, ""), homedir()]) {
      if (text.length < 5) continue;
      const search = 'tar -xzOf "$1" | grep -aF -m1 -- "$2"';
      const { output } = await run("sh", ["-c", search, "-", path, text]);
      if (output) findings.push(`${name}: names a path of this machine: ${output}`);
    }
  }
  expectNone(findings);
}

/**
 * @param {readonly string[]} files paths inside a tarball
 * @returns {string[]}
 */
export function strayFiles(files) {
  const stray = /_test\.|(^|\/)(testdata|test|tests|node_modules|\.[^/]+)\/|(^|\/)\.|tsbuildinfo$/;
  const secret = /\.(pem|key|p12|pfx|jks|env)$|(^|\/)(id_rsa|id_ed25519|credentials)/;
  const all = new Set(files);
  return [
    ...files.filter((file) => stray.test(file)).map((file) => `${file} is not for users`),
    ...files.filter((file) => secret.test(file)).map((file) => `${file} may hold a secret`),
    ...files.filter((file) => {
      // The page of the station and the command are bundled, and made anew by each build.
      const [, stem] = file.match(/^dist\/(?!page\/|bundle\/)(.+?)(\.d)?\.(js|ts)(\.map)?$/) ?? [];
      return stem !== undefined && !all.has(`${stem}.ts`);
    }).map((file) => `${file} is left over from a source that is gone: delete dist and build`),
    ...["README.md", "LICENSE"].filter((file) => !all.has(file)).map((file) =>
      `${file} is missing`
    ),
  ];
}

/** Each package, installed alone into an empty project, does one thing that it is for. */
export async function smoke() {
  const { folder, tarballs } = await pack();
  const files = new Map(tarballs.map(({ name, path }) => [name, `file:${path}`]));
  for (const { name } of tarballs) {
    const program = SMOKE[name];
    if (!program) throw new GateFailure(`${name} has no program in tools/gates/_smoke.mjs`);
    const cwd = join(folder, `try-${name.replace(/^@.*\//, "")}`);
    mkdirSync(cwd);
    writeFileSync(
      join(cwd, "package.json"),
      JSON.stringify({
        private: true,
        type: "module",
        dependencies: { [name]: files.get(name) },
        overrides: Object.fromEntries(files),
      }),
    );
    writeFileSync(join(cwd, "code.gif"), smokePicture());
    writeFileSync(join(cwd, "try.mjs"), program);
    await must("npm", ["install", "--prefer-offline", "--ignore-scripts", "--loglevel=error"], {
      cwd,
    });
    const output = (await must("node", ["try.mjs"], { cwd })).trim();
    if (output !== "fine") throw new GateFailure(`${name}, installed alone, printed: ${output}`);
  }
  const known = new Set([...(await readManifests()).values()].map(({ name }) => name));
  expectNone(
    Object.keys(SMOKE).filter((name) => !known.has(name)).map((name) => `${name} is gone`),
  );
}
