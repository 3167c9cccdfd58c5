import { execFileSync, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, readFile, rm, stat, symlink, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { EXPORT_FORMATS, PROVIDERS } from "@otpsmith/formats";
import { afterAll, beforeAll, describe, expect, test, vi } from "vitest";
import { EXPORT, FOR } from "../packages/cli/commands/options.ts";
import { BIN, otpsmith } from "./cli_process.ts";
import { atTerminal } from "./terminal.ts";

vi.setConfig({ testTimeout: 120_000, hookTimeout: 120_000 }); // up to six programs are started by a test

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const OTHER = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP";
const CSV = `serial number,secret key,time interval,issuer,upn
86596320000001,${SEED},30,Acme,alice@example.com
86596320000002,${OTHER},60,Acme,bob@example.com
`;
const PASSPHRASE = "correct horse";

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  await writeFile(at("tokens.csv"), CSV);
  await writeFile(at("damaged.csv"), `${CSV}8.65963E+13,${SEED},30,Acme,carol@example.com\n`);
  await writeFile(at("key.txt"), "12345678901234567890123456789012\n");
  const { exit } = await otpsmith([
    "convert",
    at("tokens.csv"),
    "--to",
    "pskc",
    "--out",
    at("tokens.xml"),
  ], {
    env: { OTPSMITH_NEW_PASSPHRASE: PASSPHRASE },
  });
  expect(exit).toBe(0);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

test("the command line offers what the library has", () => {
  const choices = [...EXPORT.provider, ...EXPORT.neutral].filter(({ flags }) =>
    flags.startsWith("--to")
  )
    .flatMap(({ choices = [] }) => choices);
  expect(choices.toSorted()).toEqual(EXPORT_FORMATS.map(({ format }) => format).toSorted());
  expect(FOR.choices).toEqual(PROVIDERS.map(({ id }) => id));
});

describe("import", () => {
  test("says what a file holds, and no secret", async () => {
    const { exit, result, stdout } = await otpsmith(["import", at("tokens.csv"), "--json"]);
    expect(exit).toBe(0);
    expect(result).toMatchObject({
      command: "import",
      format: "csv",
      encrypted: false,
      tokens: [
        { serial: "86596320000001", issuer: "Acme", period: 30, secretBytes: 20, line: 2 },
        { serial: "86596320000002", period: 60, user: "bob@example.com", line: 3 },
      ],
      refused: [],
    });
    expect(stdout).not.toContain(SEED.slice(0, 8));
  });

  test("for people; with --reveal the seeds, too", async () => {
    const { stdout } = await otpsmith(["import", at("tokens.csv")]);
    expect(stdout).toMatch(
      /1 +Acme, serial 86596320000001, user alice@example.com: 6 digits, every 30 s/,
    );
    expect(stdout).not.toContain(SEED);
    const revealed = await otpsmith(["import", at("tokens.csv"), "--reveal"]);
    expect(revealed.stdout).toContain(SEED);
  });

  test("names the line of what is refused", async () => {
    const { exit, result, stderr } = await otpsmith(["import", at("damaged.csv"), "--json"]);
    expect(exit).toBe(0);
    expect(result).toMatchObject({ refused: [{ code: "format/csv", line: 4 }] });
    expect(stderr).toBe("");
  });

  test.each(
    [
      ["the environment", [], { OTPSMITH_PASSPHRASE: PASSPHRASE }, 0],
      ["the environment, a wrong one", [], { OTPSMITH_PASSPHRASE: "x" }, 3],
      ["nothing", [], {}, 4],
      ["a key file where a passphrase is wanted", ["--key-file", "key.txt"], {}, 4],
    ] as const,
  )("an encrypted file, with %s", async (_name, options, env, exit) => {
    const args = options.map((word) => word.endsWith(".txt") ? at(word) : word);
    const run = await otpsmith(["import", at("tokens.xml"), ...args, "--json"], { env });
    expect(run.exit).toBe(exit);
    if (exit === 0) expect(run.result).toMatchObject({ format: "pskc", encrypted: true });
  });

  test("an encrypted file, with a file descriptor", async () => {
    const child = spawn(process.execPath, [
      BIN,
      "import",
      at("tokens.xml"),
      "--passphrase-fd",
      "3",
      "--json",
    ], {
      stdio: ["ignore", "pipe", "inherit", "pipe"],
    });
    (child.stdio[3] as NodeJS.WritableStream).end(`${PASSPHRASE}\n`);
    let text = "";
    child.stdout!.setEncoding("utf8").on("data", (piece: string) => text += piece);
    const [exit] = await once(child, "close");
    expect(exit).toBe(0);
    expect(JSON.parse(text)).toMatchObject({ encrypted: true });
  });

  test("a person is asked, and may try again", async () => {
    const { exit, screen } = await atTerminal(["import", at("tokens.xml")], [
      { sees: /not shown/, types: "wrong\r" },
      { sees: /wrong[^]*not shown/, types: `${PASSPHRASE}\r` },
    ]);
    expect(exit).toBe(0);
    expect(screen).toContain("86596320000002");
    expect(screen).not.toContain(PASSPHRASE);
  });
});

describe("export and convert", () => {
  test("write a file that only its owner may read", async () => {
    const args = [
      "export",
      at("tokens.csv"),
      "--to",
      "entra-csv",
      "--out",
      at("entra.csv"),
      "--json",
    ];
    const { exit, result, stdout } = await otpsmith(args);
    expect(exit).toBe(0);
    expect(result).toMatchObject({
      command: "export",
      to: "entra-csv",
      tokens: 2,
      out: at("entra.csv"),
    });
    expect(result["losses"]).toMatchObject([{ code: "names-lost", tokens: [1, 2] }]);
    expect(stdout).not.toContain(SEED.slice(0, 8));
    expect((await stat(at("entra.csv"))).mode & 0o777).toBe(0o600);
    expect(await readFile(at("entra.csv"), "utf8")).toContain(
      `alice@example.com,86596320000001,${SEED},30,unknown,unknown\r\n`,
    );
  });

  test("write to standard output that is no terminal, and say what is lost beside it", async () => {
    const { exit, stdout, stderr } = await otpsmith(["export", at("tokens.csv"), "--to", "duo"]);
    expect(exit).toBe(0);
    expect(stdout.split("\r\n")).toEqual([
      "86596320000001,3132333435363738393031323334353637383930,30",
      expect.stringMatching(/^86596320000002,[0-9a-f]{40},60$/),
      "",
    ]);
    expect(stderr).toMatch(/Note: .*drift/);
  });

  test("do not show seeds to whoever did not ask", async () => {
    const { exit, screen } = await atTerminal(["export", at("tokens.csv"), "--to", "duo"], []);
    expect(exit).toBe(2);
    expect(screen).toMatch(/--out FILE/);
    const asked = await atTerminal(["convert", at("tokens.csv"), "--to", "csv", "--reveal"], []);
    expect(asked.screen).toContain(SEED);
    const json = await otpsmith(["convert", at("tokens.csv"), "--to", "csv", "--json"]);
    expect(json.result).toMatchObject({ ok: false, error: { code: "usage/secret-on-terminal" } });
    const both = await otpsmith(["convert", at("tokens.csv"), "--to", "csv", "--json", "--reveal"]);
    expect(both.result["text"]).toContain(SEED);
  });

  test("never replace a file without being told, and no link at all", async () => {
    await writeFile(at("there.csv"), "old");
    await symlink(at("there.csv"), at("link.csv"));
    const to = (name: string, ...more: string[]) =>
      otpsmith(["convert", at("tokens.csv"), "--to", "csv", "--out", at(name), "--json", ...more]);
    expect((await to("there.csv")).result).toMatchObject({
      exit: 3,
      error: { code: "usage/file-exists" },
    });
    expect((await to("link.csv", "--force")).exit).toBe(3);
    expect((await to("nowhere/new.csv")).result).toMatchObject({
      error: { code: "usage/unwritable" },
    });
    expect(await readFile(at("there.csv"), "utf8")).toBe("old");
    expect((await to("there.csv", "--force")).exit).toBe(0);
    expect(await readFile(at("there.csv"), "utf8")).toContain(SEED);
    expect((await stat(at("there.csv"))).mode & 0o777).toBe(0o600);
  });

  test("stop at a row that is refused, unless it may be left out", async () => {
    const args = ["convert", at("damaged.csv"), "--to", "csv", "--json", "--out", at("part.csv")];
    expect((await otpsmith(args)).result).toMatchObject({
      exit: 3,
      error: { code: "code/refused-entry", next: expect.stringMatching(/--partial/) },
    });
    const { result } = await otpsmith([...args, "--partial"]);
    expect(result).toMatchObject({ ok: true, tokens: 2 });
  });

  test("refuse what would show wrong codes", async () => {
    await writeFile(at("sha256.csv"), `serial,seed,hash\nS1,${SEED},SHA256\n`);
    const out = at("wrong.csv");
    const args = ["export", at("sha256.csv"), "--to", "privacyidea-csv", "--out", out, "--json"];
    const { exit, result } = await otpsmith(args);
    expect(exit).toBe(3);
    expect(result).toMatchObject({
      error: { code: "code/refused-export" },
      refusals: [{ code: "hash-by-length", tokens: [1] }],
    });
    await expect(stat(out)).rejects.toThrow();
  });

  test("PSKC with a key that both sides have, there and back", async () => {
    const [xml, csv] = [at("key.xml"), at("back.csv")];
    const there = ["convert", at("tokens.csv"), "--to", "pskc", "--new-key-file", at("key.txt")];
    expect((await otpsmith([...there, "--out", xml])).exit).toBe(0);
    expect(await readFile(xml, "utf8")).not.toContain(SEED);
    const back = ["convert", xml, "--key-file", at("key.txt"), "--to", "csv", "--out", csv];
    expect((await otpsmith(back)).exit).toBe(0);
    expect(await readFile(csv, "utf8")).toContain(`"86596320000001"`);
    expect(await readFile(csv, "utf8")).toContain(OTHER);
    expect((await otpsmith(["import", xml, "--json"])).result).toMatchObject({
      error: { code: "format/key-needed" },
    });
  });
});

describe("qr", () => {
  test("draws a code that other programs read, in a file that only its owner may read", async () => {
    const svg = at("code.svg");
    const args = ["qr", at("tokens.csv"), "--pick", "2", "--out", svg, "--json"];
    const { exit, result, stdout } = await otpsmith(args);
    expect(exit).toBe(0);
    expect(result).toMatchObject({ command: "qr", issuer: "Acme", out: svg });
    expect(stdout).not.toContain(OTHER.slice(0, 8));
    expect((await stat(svg)).mode & 0o777).toBe(0o600);
    const { default: sharp } = await import("sharp");
    await sharp(svg, { density: 400 }).flatten({ background: "white" }).png().toFile(
      at("code.png"),
    );
    const read = execFileSync("zbarimg", ["--quiet", "--raw", at("code.png")], {
      encoding: "utf8",
    });
    expect(read).toContain(`secret=${OTHER}`);
    expect(read).toContain("period=60");
  });

  test("is drawn on a terminal only on request", async () => {
    const refused = await atTerminal(["qr", at("tokens.csv"), "--pick", "1"], []);
    expect(refused.exit).toBe(2);
    const { exit, screen } = await atTerminal(
      ["qr", at("tokens.csv"), "--pick", "1", "--reveal"],
      [],
    );
    expect(exit).toBe(0);
    expect(screen).toMatch(/[█▀▄ ]{20}/);
    expect(screen).not.toContain(SEED);
  });
});

describe("burn takes the same files", () => {
  test("an account of a CSV file", async () => {
    const args = [
      "burn",
      at("tokens.csv"),
      "--pick",
      "2",
      "--simulator",
      at("flash.json"),
      "--json",
    ];
    const { exit, result } = await otpsmith(args, { env: { OTPSMITH_STATE_DIR: at("state") } });
    expect(exit).toBe(0);
    expect(result).toMatchObject({ account: "bob@example.com", proof: { match: true } });
  });

  test("an account of an encrypted file", async () => {
    const env = { OTPSMITH_STATE_DIR: at("state"), OTPSMITH_PASSPHRASE: PASSPHRASE };
    const args = [
      "burn",
      at("tokens.xml"),
      "--pick",
      "1",
      "--simulator",
      at("flash.json"),
      "--json",
    ];
    expect((await otpsmith(args, { env })).result).toMatchObject({ ok: true, issuer: "Acme" });
  });

  test("and stops where the provider will not take the codes", async () => {
    const args = [
      "burn",
      at("tokens.csv"),
      "--pick",
      "2",
      "--simulator",
      at("flash.json"),
      "--json",
    ];
    const { exit, result } = await otpsmith([...args, "--for", "okta"]);
    expect(exit).toBe(3);
    expect(result).toMatchObject({
      error: { code: "burn/provider" },
      refusals: [{ code: "period" }],
    });
  });
});

describe("check", () => {
  test("says whether an account will work at a provider", async () => {
    const { exit, result } = await otpsmith([
      "check",
      at("tokens.csv"),
      "--pick",
      "1",
      "--for",
      "duo",
      "--json",
    ]);
    expect(exit).toBe(0);
    expect(result).toMatchObject({ command: "check", answers: [{ provider: "duo", works: true }] });
    const refused = await otpsmith([
      "check",
      at("tokens.csv"),
      "--pick",
      "2",
      "--for",
      "okta",
      "--json",
    ]);
    expect(refused.exit).toBe(3);
    expect(refused.result).toMatchObject({ answers: [{ works: false }] });
  });

  test("says it of all providers", async () => {
    const { exit, result } = await otpsmith(["check", at("tokens.csv"), "--pick", "2", "--json"]);
    expect(exit).toBe(0);
    expect(result["answers"]).toHaveLength(PROVIDERS.length);
  });
});
