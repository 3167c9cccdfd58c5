import { spawnSync } from "node:child_process";
import { existsSync, readdirSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";
import { parseTokenProfile, token2Profile } from "@otpsmith/core/drivers/token2_single";
import { encodeQR } from "qr";
import sharp from "sharp";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { otpsmith } from "./cli_process.ts";
import { blocksOf, followDocument, linkPackages, read, ROOT } from "./follow_document.ts";

const DOCUMENTS = [
  ...readdirSync(ROOT).filter((name) => name.endsWith(".md")),
  ...readdirSync(join(ROOT, "docs"), { recursive: true, encoding: "utf8" })
    .filter((name) => name.endsWith(".md")).map((name) => `docs/${name}`),
  ...readdirSync(join(ROOT, "packages")).map((name) => `packages/${name}/README.md`)
    .filter((path) => existsSync(join(ROOT, path))),
];

function anchorsOf(path: string): ReadonlySet<string> {
  const headings = read(path).replace(/^```[^]*?^```$/gm, "").matchAll(/^#+ (.+)$/gm);
  return new Set(
    [...headings].map(([, title = ""]) =>
      title.toLowerCase().replace(/[^\p{L}\p{N} _-]/gu, "").replaceAll(" ", "-")
    ),
  );
}

test("the documents that people look for first are among those that are checked", () => {
  const wanted = ["README.md", "docs/cli.md", "docs/protocols/token2_single.md"];
  expect(DOCUMENTS).toEqual(expect.arrayContaining(wanted));
});

test.each(DOCUMENTS)("every link within the repository leads somewhere: %s", (document) => {
  const text = read(document).replace(/^```[^]*?^```$/gm, "").replace(/`[^`\n]*`/g, "");
  const dead = [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, link = ""]) => link)
    .filter((link) => !/^(https?|mailto):/.test(link))
    .filter((link) => {
      const [path = "", anchor] = link.split("#");
      const target = path === "" ? join(ROOT, document) : resolve(ROOT, dirname(document), path);
      if (!target.startsWith(ROOT) || !existsSync(target)) return true;
      return anchor !== undefined && !anchorsOf(target.slice(ROOT.length)).has(anchor);
    });
  expect(dead).toEqual([]);
});

test.each([
  ["docs/error-codes.md", "tools/error_codes.mjs"],
  ["docs/devices.md", "tools/devices.mjs"],
])("%s is what the sources say", (_, tool) => {
  const { status, stderr } = spawnSync(process.execPath, [tool, "--check"], {
    cwd: ROOT,
    encoding: "utf8",
  });
  expect(stderr).toBe("");
  expect(status).toBe(0);
});

test("docs/protocols/token2_single.md has the driver's models, and a profile that is accepted", () => {
  const path = "docs/protocols/token2_single.md";
  const rows = [...read(path).matchAll(/^\| (\d{7}) +\| (\S+) +\| (keeps|clears)/gm)]
    .map(([, prefix, model, what]) => ({ prefix, model, clockWrite: `${what}-seeds` }));
  expect(rows).toEqual(
    token2Profile.models.map(({ prefix, model, clockWrite }) => ({ prefix, model, clockWrite })),
  );
  const profiles = blocksOf(read(path)).filter(({ text }) => text.includes('"seedMaxBytes"'));
  expect(profiles.map(({ text }) => parseTokenProfile(text, { source: path }).name)).toEqual([
    "example",
  ]);
});

describe("docs/cli.md", () => {
  const sections = new Map(
    read("docs/cli.md").split(/^(?=## )/m).map((
      text,
    ) => [text.match(/^## `?([^`\n]*)/)?.[1], text]),
  );
  const optionsIn = (text: string): readonly string[] =>
    [...text.matchAll(/^\| `(--[a-z-]+)/gm)].map(([, name = ""]) => name);
  const shared = optionsIn(sections.get("Options of several commands") ?? "");

  test.each([
    "scan",
    "import",
    "export",
    "convert",
    "qr",
    "check",
    "devices",
    "info",
    "burn",
    "verify",
    "clock",
    "slots",
    "erase",
    "key",
    "lock",
    "reset",
    "doctor",
    "conformance",
    "sim run",
    "sim display",
  ])("names every option of %s, and no other", async (command) => {
    const { stdout } = await otpsmith([...command.split(" "), "--help"]);
    const real = [...stdout.matchAll(/^ +(?:-\w, )?(--[a-z-]+)/gm)].map(([, name = ""]) => name)
      .filter((name) => name !== "--help");
    const own = optionsIn(sections.get(`otpsmith ${command}`) ?? "");
    expect(real.length).toBeGreaterThan(0);
    expect(real.filter((name) => !own.includes(name) && !shared.includes(name))).toEqual([]);
    expect(own.filter((name) => !real.includes(name))).toEqual([]);
  });
});

describe.each(["README.md", "docs/cli.md"])("what %s shows is what happens", (document) => {
  let folder: string;
  let env: NodeJS.ProcessEnv;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "otp-docs-"));
    env = {
      ...await linkPackages(folder),
      OTPSMITH_STATE_DIR: join(folder, "state"),
      DISPLAY: undefined, // as on a computer without a screen, wherever this runs
      WAYLAND_DISPLAY: undefined,
      SSH_CONNECTION: undefined,
    };
    const uri = "otpauth://totp/Aliyun:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Aliyun";
    await writeFile(join(folder, "qr.png"), await picture(uri));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("in its examples", async () => {
    const { commands } = await followDocument(document, { folder, env, settle: settled });
    expect(commands.length).toBeGreaterThan(2);
  }, 120_000);
});

test("a document that says something else than what happens is found out", async () => {
  const folder = await mkdtemp(join(tmpdir(), "otp-docs-"));
  const follow = (text: string) => followDocument({ text }, { folder });
  try {
    const good =
      "It says `a.txt`:\n\n```txt\nx\ny\nz\n```\n\n```console\n$ cat a.txt\nx\n…\nz\n```\n";
    expect(await follow(good)).toEqual({ files: ["a.txt"], commands: ["cat a.txt"], results: 0 });
    await expect(follow(good.replace("$ cat a.txt\nx", "$ cat a.txt\ny"))).rejects.toThrow(
      "cat a.txt",
    );
    await expect(follow("```console\n$ exit 3\n```\n")).rejects.toThrow("exit 3");
    await expect(follow('```console\n$ echo \'{"a":1}\'\n```\n\n```json\n{ "a": 2 }\n```\n'))
      .rejects.toThrow();
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
});

/** What differs from run to run, made equal: times, codes, drifts of a second, the program's version. */
function settled(text: string): string {
  return text
    .replace(/\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ/g, "TIME")
    .replace(/\b1\d{12}\b/g, "1")
    .replace(/\b\d{6}\b/g, "CODE")
    .replace(/\b[0-9A-F]{64}\b/g, "ID")
    .replace(/(same as|\d s (ahead of|behind)) this computer's/g, "NEAR")
    .replace(/("drift\w*Seconds":)-?\d\b/g, "$10")
    .replace(/("secondsLeft":)\d+/g, "$11")
    .replace(/next code in \d+ s|clock -?\d s off/g, "SOON")
    .replace(/^\d+ kept/gm, "SOME kept")
    .replace(/in \d+(\.\d)? s$/gm, "in SOME s")
    .replace(/("seconds":)[\d.]+/g, "$11")
    .replace(/"Node [\d.]+","system":"[^"]+"/g, '"Node","system":"Linux"')
    .replace(/Node [\d.]+ on \w+ \w+/g, "Node");
}

async function picture(text: string): Promise<Uint8Array> {
  const modules = encodeQR(text, "raw", { ecc: "medium" });
  const { length: side } = modules;
  const pixels = Buffer.from(modules.flat().map((dark) => dark ? 0 : 255));
  return await sharp(pixels, { raw: { width: side, height: side, channels: 1 } })
    .resize(side * 6, side * 6, { kernel: "nearest" }).png().toBuffer();
}
