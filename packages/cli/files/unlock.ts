import { closeSync, readSync } from "node:fs";
import { readFile } from "node:fs/promises";
import { FormatError, isProjectError } from "@otpsmith/core/errors";
import { parseHexSeed, type TokenFile } from "@otpsmith/formats";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { askHidden } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";

/** Options that say how an encrypted file is opened. */
export interface UnlockOptions {
  readonly passphraseFd?: number;
  readonly keyFile?: string;
}

const TRIES = 3;
const LONGEST = 4096;
const LINE_ENDS = new Set([0x0a, 0x0d]);

/** What opens or locks a file; `wipe` when it is done. */
export interface Keys {
  readonly passphrase?: Uint8Array | undefined;
  readonly key?: Uint8Array | undefined;
}

/**
 * Reads a file that may be encrypted. The passphrase comes from `--passphrase-fd`, from the environment
 * (`OTPSMITH_PASSPHRASE`) or from a person, who may try three times; never from the command line.
 */
export async function unlocking(
  read: (keys: Keys) => TokenFile,
  options: UnlockOptions & { readonly context: CommandContext; readonly name: string },
): Promise<TokenFile> {
  const { context, name } = options;
  const key = options.keyFile === undefined ? undefined : await readKey(options.keyFile);
  let passphrase: Uint8Array | undefined;
  try {
    for (let tries = 0;; tries++) {
      try {
        return read({ passphrase, key });
      } catch (error) {
        const wrong = isKind(error, "wrong-passphrase");
        if (!wrong && !isKind(error, "passphrase-needed")) throw error;
        if (wrong && (!context.out.interactive || isGiven(options) || tries >= TRIES)) throw error;
        if (wrong) context.out.progress("The passphrase is wrong.");
        passphrase?.fill(0);
        passphrase = await givenPassphrase(options, context) ??
          await askFor(`Passphrase of ${name} (not shown): `, context);
      }
    }
  } finally {
    passphrase?.fill(0);
    key?.fill(0);
  }
}

/** Options that say how a new file is encrypted. */
export interface LockOptions {
  readonly newPassphraseFd?: number;
  readonly newKeyFile?: string;
}

/** The passphrase or key of a file that is made: given, or asked for twice. */
export async function lockFor(options: LockOptions, context: CommandContext): Promise<Keys> {
  if (options.newKeyFile !== undefined) return { key: await readKey(options.newKeyFile) };
  const given = options.newPassphraseFd === undefined
    ? fromEnvironment(context, "OTPSMITH_NEW_PASSPHRASE")
    : readLine(options.newPassphraseFd);
  if (given) return { passphrase: given };
  for (;;) {
    const first = await askFor("Passphrase for the new file (not shown): ", context);
    const again = await askFor("The same again: ", context);
    const same = first.length === again.length && first.every((byte, i) => byte === again[i]);
    again.fill(0);
    if (same && first.length > 0) return { passphrase: first };
    first.fill(0);
    context.out.progress(same ? "It is empty." : "They are not the same.");
  }
}

function isKind(error: unknown, kind: string): boolean {
  return isProjectError(error) && error.code === `format/${kind}`;
}

function isGiven(options: UnlockOptions & { readonly context: CommandContext }): boolean {
  return options.passphraseFd !== undefined || !!options.context.io.env["OTPSMITH_PASSPHRASE"];
}

async function givenPassphrase(
  { passphraseFd }: UnlockOptions,
  context: CommandContext,
): Promise<Uint8Array | undefined> {
  return passphraseFd === undefined
    ? fromEnvironment(context, "OTPSMITH_PASSPHRASE")
    : readLine(passphraseFd);
}

function fromEnvironment({ io }: CommandContext, name: string): Uint8Array | undefined {
  const text = io.env[name];
  return text ? new TextEncoder().encode(text) : undefined;
}

async function askFor(question: string, { io, out, signal }: CommandContext): Promise<Uint8Array> {
  if (out.interactive) return await askHidden(question, { io, signal });
  throw new CliError(
    "Cannot open or make an encrypted file: nobody can be asked for its passphrase",
    {
      code: "needs-person/passphrase",
      exit: EXIT.needsPerson,
      next:
        "Give it through a file descriptor (--passphrase-fd, --new-passphrase-fd) or the environment.",
    },
  );
}

/** The first line of a file descriptor, as bytes. */
function readLine(descriptor: number): Uint8Array {
  const line = new Uint8Array(LONGEST);
  try {
    let length = 0;
    const one = new Uint8Array(1);
    while (length < LONGEST && readSync(descriptor, one, 0, 1, null) === 1) {
      if (LINE_ENDS.has(one[0]!)) break;
      line[length++] = one[0]!;
    }
    if (descriptor > 2) closeSync(descriptor);
    return line.slice(0, length);
  } catch (cause) {
    throw new CliError(`Cannot read passphrase: file descriptor ${descriptor} cannot be read`, {
      code: "usage/passphrase-fd",
      exit: EXIT.usage,
      next: "Open it for reading: --passphrase-fd 3 3< passphrase.txt",
      cause,
    });
  } finally {
    line.fill(0);
  }
}

/** A key from a file: 16, 24 or 32 bytes as they are, or in hexadecimal. */
async function readKey(path: string): Promise<Uint8Array> {
  const fail = (state: string, cause?: unknown): CliError =>
    new CliError(`Cannot read key file: ${state}`, {
      code: "usage/key-file",
      exit: EXIT.usage,
      next: "It holds 16, 24 or 32 bytes, as they are or in hexadecimal.",
      cause,
    });
  let bytes: Uint8Array;
  try {
    bytes = await readFile(path);
  } catch (cause) {
    throw fail("there is no such file, or it may not be read", cause);
  }
  if ([16, 24, 32].includes(bytes.length)) return new Uint8Array(bytes);
  try {
    const { secret } = parseHexSeed(bytes, { source: "key file" });
    const key = secret.use((digits) => new Uint8Array(digits));
    secret.wipe();
    if ([16, 24, 32].includes(key.length)) return key;
    key.fill(0);
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
  } finally {
    bytes.fill(0);
  }
  throw fail("it holds no key");
}
