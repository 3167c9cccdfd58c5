import { execFileSync } from "node:child_process";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { crc32, deflateSync } from "node:zlib";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { otpsmith } from "./cli_process.ts";

const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const URI = `otpauth://totp/Aliyun:alice?secret=${SEED}&issuer=Aliyun`;

let folder: string;
const at = (name: string): string => join(folder, name);

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  execFileSync("qrencode", ["-o", at("qr.png")], { input: URI });
  const picture = await readFile(at("qr.png"));
  await writeFile(at("truncated.png"), picture.subarray(0, picture.length - 80));
  await writeFile(at("blank.png"), png(200, 200, white(200)));
  await writeFile(at("huge.png"), png(30_000, 30_000, new Uint8Array(1000)));
  await writeFile(at("empty.png"), "");
  await writeFile(at("uri.txt"), URI);
  await writeFile(at("two.txt"), `${URI}\n${URI.replace("alice", "bob")}\n`);
});
afterAll(() => rm(folder, { recursive: true, force: true }));

/** The rows of a white square: each begins with the byte that says "not filtered". */
function white(side: number): Uint8Array {
  return new Uint8Array(side * (side + 1)).map((_, i) => i % (side + 1) === 0 ? 0 : 255);
}

/** A grey picture, written by hand: size and content need not agree. */
function png(width: number, height: number, rows: Uint8Array): Buffer {
  const chunk = (type: string, data: Uint8Array): Buffer => {
    const body = Buffer.concat([Buffer.from(type), data]);
    const length = Buffer.alloc(4);
    length.writeUInt32BE(data.length);
    const check = Buffer.alloc(4);
    check.writeUInt32BE(crc32(body));
    return Buffer.concat([length, body, check]);
  };
  const header = Buffer.alloc(13);
  header.writeUInt32BE(width, 0);
  header.writeUInt32BE(height, 4);
  header.set([8, 0, 0, 0, 0], 8);
  const signature = Buffer.from("89504e470d0a1a0a", "hex");
  return Buffer.concat([
    signature,
    chunk("IHDR", header),
    chunk("IDAT", deflateSync(rows)),
    chunk("IEND", Buffer.alloc(0)),
  ]);
}

interface Row {
  readonly title: string;
  readonly args: readonly string[];
  readonly input?: string;
  readonly exit: number;
  readonly code: string;
  /** What the next step must speak of. */
  readonly next: RegExp;
}

const rows: readonly Row[] = [
  {
    title: "a picture without a code",
    args: ["scan", "blank.png"],
    exit: 3,
    code: "format/no-code",
    next: /screenshot/,
  },
  {
    title: "a truncated picture",
    args: ["scan", "truncated.png"],
    exit: 3,
    code: "format/image",
    next: /again/,
  },
  {
    title: "a picture of 30,000 by 30,000",
    args: ["scan", "huge.png"],
    exit: 3,
    code: "format/image",
    next: /crop/i,
  },
  {
    title: "an empty file",
    args: ["scan", "empty.png"],
    exit: 3,
    code: "format/file",
    next: /./,
  },
  {
    title: "a file that is not there",
    args: ["burn", "nothing.png", "--simulator", "t.json"],
    exit: 3,
    code: "format/file",
    next: /name/,
  },
  {
    title: "several accounts and nobody to choose",
    args: ["burn", "two.txt", "--simulator", "t.json"],
    exit: 4,
    code: "needs-person/choose-code",
    next: /--pick/,
  },
  {
    title: "a code of another kind",
    args: ["burn", "-", "--simulator", "t.json"],
    input: "phonefactor://activate_account?code=1&url=https%3A%2F%2Fexample.com",
    exit: 3,
    code: "code/phonefactor",
    next: /different authenticator app/i,
  },
  {
    title: "codes that change with every use",
    args: ["burn", "-", "--simulator", "t.json"],
    input: URI.replace("totp", "hotp"),
    exit: 3,
    code: "code/hotp",
    next: /./,
  },
  {
    title: "eight digits on a token that shows six",
    args: ["burn", "-", "--simulator", "t.json"],
    input: `${URI}&digits=8`,
    exit: 3,
    code: "burn/digits",
    next: /./,
  },
  {
    title: "a hash that the token does not know",
    args: ["burn", "-", "--simulator", "t.json"],
    input: `${URI}&algorithm=SHA512`,
    exit: 3,
    code: "burn/algorithm",
    next: /./,
  },
  {
    title: "a seed of 64 bytes",
    args: ["burn", "-", "--as", "hex", "--simulator", "t.json"],
    input: "a1".repeat(64),
    exit: 3,
    code: "burn/seed-too-long",
    next: /shorter/,
  },
  {
    title: "a character that is not base32",
    args: ["burn", "-", "--as", "base32", "--simulator", "t.json"],
    input: `${SEED.slice(0, 8)}1${SEED.slice(8)}`,
    exit: 3,
    code: "format/base32",
    next: /./,
  },
  {
    title: "a model that does not exist",
    args: ["info", "--simulator", "new.json", "--token", "token2-single:C999"],
    exit: 3,
    code: "format/token-spec",
    next: /C302-i/,
  },
  {
    title: "a storage file that is something else",
    args: ["info", "--simulator", "uri.txt"],
    exit: 3,
    code: "format/state",
    next: /./,
  },
  {
    title: "a clock that may only be set with the loss of the seed",
    args: ["clock", "--sync", "--simulator", "p2.json", "--token", "token2-single:OTPC-P2-i"],
    exit: 3,
    code: "burn/clears-seed",
    next: /--erase-seed/,
  },
  {
    title: "a seed on the command line",
    args: ["burn", SEED, "--simulator", "t.json"],
    exit: 2,
    code: "usage/seed-in-arguments",
    next: /standard input/,
  },
  {
    title: "a verb that does not exist",
    args: ["brun", "qr.png"],
    exit: 2,
    code: "usage/unknown-command",
    next: /--help/,
  },
  {
    title: "an option that does not exist",
    args: ["burn", "qr.png", "--force"],
    exit: 2,
    code: "usage/unknown-option",
    next: /--help/,
  },
  {
    title: "nothing to read and nobody to ask",
    args: ["burn", "--simulator", "t.json"],
    exit: 2,
    code: "usage/no-source",
    next: /picture/,
  },
  {
    title: "a code that is not a code",
    args: ["verify", "qr.png", "--code", "12a456"],
    exit: 1,
    code: "",
    next: /digits/,
  },
  {
    title: "no daemon",
    args: ["info"],
    exit: 1,
    code: "transport/service-down",
    next: /service/i,
  },
];

describe("bad input gets one clear message, the next step and the right exit code", () => {
  test.each(rows)("$title", async ({ args, input = "", exit, code, next }) => {
    const env = { PCSCLITE_CSOCK_NAME: at("no-daemon"), OTPSMITH_STATE_DIR: folder };
    const placed = args.map((word) => /\.(png|txt|json)$/.test(word) ? at(word) : word);
    const json = await otpsmith([...placed, "--json"], { input, env });
    const said = (json.result["error"] ?? json.result) as {
      message: string;
      next: string;
      code?: string;
    };
    expect(json.exit, JSON.stringify(json.result)).toBe(exit);
    expect(said.code ?? "").toBe(code);
    expect(said.next).toMatch(next);
    expect(json.result).toMatchObject({ event: "result", schema: 1, exit });

    const people = await otpsmith(placed, { input, env });
    expect(people.exit).toBe(exit);
    expect(people.stderr).toContain(said.message);
    expect(people.stderr).not.toMatch(/\n\s+at |Error:/);
  });
});

test("scan names every code of a picture, and ends with 3 if none can be burned", async () => {
  const wrong = await otpsmith(["scan", "-", "--json"], { input: "FIDO:/123456789" });
  expect(wrong.exit).toBe(3);
  const [code] = wrong.result["codes"] as [Record<string, string>];
  expect(code).toMatchObject({ kind: "wrong", is: "fido" });
  expect(code["next"]).not.toBe("");
  const both = await otpsmith(["scan", at("two.txt"), "--json"]);
  expect(both.exit).toBe(0);
  expect(both.result["codes"]).toMatchObject([
    {
      kind: "otpauth",
      issuer: "Aliyun",
      account: "alice",
      algorithm: "SHA1",
      digits: 6,
      period: 30,
      secretBytes: 20,
    },
    { kind: "otpauth", account: "bob" },
  ]);
});
