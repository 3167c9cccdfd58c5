import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { encodeBase32 } from "@otpsmith/formats";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { type CliRun, otpsmith } from "./cli_process.ts";
import { golden } from "./golden/mod.ts";

// A seed whose ciphertext on the wire is known: the key is published, so the ciphertext is the seed.
const vector = golden.token2single.seed[0]!;
const seed = Buffer.from(vector.seed, "hex");
const ciphertext = vector.apdu.slice(10, -8);
const base32 = new TextDecoder().decode(encodeBase32(seed));
const uri = `otpauth://totp/Aliyun:alice?secret=${base32}&issuer=Aliyun`;

/** Every eight bytes of the seed in every form that somebody could read; not merely the whole of it. */
function forms(): readonly string[] {
  const found: string[] = [];
  for (let at = 0; at + 8 <= seed.length; at++) {
    const part = seed.subarray(at, at + 8);
    found.push(part.toString("hex"), part.toString("latin1"));
    found.push([...part].join(","), [...part].join(", "));
  }
  for (let shift = 0; shift < 3; shift++) {
    found.push(seed.subarray(shift, shift + 9).toString("base64"));
    found.push(seed.subarray(shift, shift + 9).toString("base64url"));
  }
  for (let at = 0; at + 13 <= base32.length; at++) found.push(base32.slice(at, at + 13));
  for (let at = 0; at + 16 <= ciphertext.length; at += 2) found.push(ciphertext.slice(at, at + 16));
  return found.map((text) => text.toLowerCase());
}

function leaks(text: string): readonly string[] {
  const heard = text.toLowerCase().replace(/[ \n\r\t]/g, "");
  return forms().filter((form) => heard.includes(form.replace(/[ ]/g, "")));
}

describe("the seed is in no output, trace, error, journal or file", () => {
  let folder: string;
  let picture: string;
  const runs: { readonly args: readonly string[]; readonly run: CliRun }[] = [];

  async function run(args: readonly string[], input = ""): Promise<CliRun> {
    const env = {
      OTPSMITH_STATE_DIR: join(folder, "state"),
      OTPSMITH_TRACE: "1",
      OTPSMITH_DEBUG: "1",
      OTPSMITH_NEW_PASSPHRASE: "correct horse",
      OTPSMITH_PASSPHRASE: "correct horse",
    };
    const result = await otpsmith(args, { input, env });
    runs.push({ args, run: result });
    return result;
  }

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), "otp-"));
    picture = join(folder, "qr.png");
    execFileSync("qrencode", ["-o", picture], { input: uri });
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));

  test("the search itself finds a seed in every form", () => {
    for (const text of [seed.toString("hex"), base32, seed.toString("base64"), uri, vector.apdu]) {
      expect(leaks(`… ${text} …`)).not.toEqual([]);
    }
    expect(leaks("[secret 20 bytes] 86596320000001")).toEqual([]);
  });

  test("of any command, when it succeeds and when it fails", async () => {
    const flash = join(folder, "flash.json");
    const restricted = join(folder, "restricted.json");
    const damaged = join(folder, "damaged.json");
    const wrongUri = join(folder, "wrong.txt");
    const wrongSeed = join(folder, "seed.txt");
    await writeFile(wrongUri, uri.replace("totp", "hotp"));
    await writeFile(wrongSeed, `${base32}1`);
    const list = join(folder, "list.csv");
    const damagedList = join(folder, "damaged.csv");
    const sha256List = join(folder, "sha256.csv");
    const sealed = join(folder, "sealed.xml");
    const exported = join(folder, "exported.csv");
    const drawn = join(folder, "drawn.svg");
    await writeFile(list, `serial,seed\n86596320000001,${base32}\n`);
    await writeFile(damagedList, `serial,seed\n8.6E+13,${base32}\n2,${base32}1\n`);
    await writeFile(sha256List, `serial,seed,hash\n1,${base32},SHA256\n`);
    for (const json of [[], ["--json"]]) {
      await run(["scan", picture, "--trace", ...json]);
      await run(["scan", "-", ...json], uri);
      await run(["scan", "-", ...json], `${uri}&secret=${base32}`);
      await run(["scan", wrongUri, ...json]);
      await run(["scan", wrongSeed, ...json]);
      await run(["import", list, "--trace", ...json]);
      await run(["import", damagedList, ...json]);
      await run(["import", "-", ...json], `serial,seed\n1,${base32}\n2,${seed.toString("hex")}\n`);
      await run(["import", "-", ...json], `[{"secret":"${base32}",]`);
      await run(["import", "-", ...json], `<KeyContainer><${base32}/></KeyContainer>`);
      await run(["convert", list, "--to", "pskc", "--out", sealed, "--force", ...json]);
      await run(["import", sealed, ...json]);
      await run(["import", sealed, "--key-file", wrongSeed, ...json]);
      await run(["export", list, "--to", "duo", "--out", exported, "--force", ...json]);
      await run(["export", list, "--to", "duo", "--out", exported, ...json]);
      await run(["export", damagedList, "--to", "duo", "--out", exported, "--force", ...json]);
      await run(["export", sha256List, "--to", "privacyidea-csv", "--out", exported, ...json]);
      await run(["convert", list, "--to", "csv", "--json"]);
      await run(["qr", list, "--out", drawn, "--force", ...json]);
      await run(["qr", picture, "--json"]);
      await run(["check", list, ...json]);
      await run(["scan", list, ...json]);
      await run(["burn", list, "--simulator", flash, "--trace", ...json]);
      await run(["burn", picture, "--simulator", flash, "--trace", ...json]);
      await run(["burn", picture, "--simulator", flash, "--dry-run", ...json]);
      await run(["burn", picture, "--simulator", flash, "--code", "000000", ...json]);
      await run(["burn", picture, "--simulator", flash, "--serial", "86596320000009", ...json]);
      await run(["burn", wrongSeed, "--as", "base32", "--simulator", flash, ...json]);
      await run(["burn", wrongSeed, "--as", "hex", "--simulator", flash, ...json]);
      await run(["burn", "-", "--as", "base32", "--simulator", flash, ...json], base32);
      await run(["burn", "-", "--as", "hex", "--simulator", flash, ...json], seed.toString("hex"));
      await run([
        "burn",
        picture,
        "--simulator",
        restricted,
        "--token",
        "token2-single:OTPC-P2-i",
        ...json,
      ]);
      await run(["clock", "--sync", "--simulator", restricted, ...json]);
      await run(["clock", "--sync", "--erase-seed", "--simulator", restricted, ...json]);
      await run(["clock", "--simulator", flash, "--trace", ...json]);
      await run(["info", "--simulator", flash, "--trace", ...json]);
      await run(["devices", "--simulator", flash, "--trace", ...json]);
      await run(["verify", picture, "--simulator", flash, ...json]);
      await run(["verify", picture, "--code", "123456", ...json]);
      await run(["verify", "-", "--as", "base32", "--code", "123456", ...json], base32);
      await run(["sim", "display", "--state", flash, ...json]);
      await run(["doctor", "--simulator", flash, ...json]);
      await run([uri, ...json]);
      await run(["burn", uri, ...json]);
      await run(["burn", base32, ...json]);
      await run(["burn", seed.toString("hex"), ...json]);
      await run(["burn", `--seed=${base32}`, ...json]);
      await run(["burn", "--secret", base32, ...json]);
      await run(["verify", picture, `--code=${base32}`, ...json]);
      await run(["info", `--reader=${base32.slice(0, 15)}`, ...json]);
      const half = readFileSync(flash, "utf8");
      await writeFile(damaged, half.slice(0, half.length - 20));
      await run(["info", "--simulator", damaged, ...json]);
      await run(["sim", "display", "--state", damaged, ...json]);
    }
    const traced = runs.filter(({ run: { stdout, stderr } }) => /write seed/.test(stdout + stderr));
    expect(traced.length, "traces of a written seed").toBeGreaterThan(4);
    for (const { args, run: { stdout, stderr } } of runs) {
      const shown = args.map((arg) => leaks(arg).length > 0 ? "[seed]" : arg).join(" ");
      // A name that a person gave may come back; a seed may not.
      expect(leaks(stdout + stderr).length, `otpsmith ${shown}\n${stdout}${stderr}`).toBe(0);
      expect(stdout + stderr, shown).not.toMatch(/\n\s+at .*:\d+:\d+/);
    }
    const own = new Set([
      "flash.json",
      "restricted.json",
      "damaged.json",
      "wrong.txt",
      "seed.txt",
      "qr.png",
      "list.csv",
      "damaged.csv",
      "sha256.csv",
      "exported.csv", // asked for
      "drawn.svg",
    ]);
    for (const file of readdirSync(folder, { recursive: true, withFileTypes: true })) {
      if (!file.isFile() || own.has(file.name)) continue;
      const text = readFileSync(join(file.parentPath, file.name), "latin1");
      expect(leaks(text).length, `${file.name} holds the seed`).toBe(0);
    }
    expect(leaks(readFileSync(flash, "utf8")).length, "the simulator's own flash").toBeGreaterThan(
      0,
    );
  }, 600_000);
});
