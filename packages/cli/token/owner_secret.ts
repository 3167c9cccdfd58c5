import { createReadStream } from "node:fs";
import { type AccessSecret, Secret, type Token } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { askHidden } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";

/** Options that say where a token's key, password or PIN comes from. Never the command line itself. */
export interface SecretOptions {
  readonly keyFd?: number;
  readonly askKey?: boolean;
}

/** Where one secret comes from: which environment variable, which file descriptor, whether it is asked for. */
export interface SecretSource {
  readonly env: string;
  readonly fd?: number | undefined;
  readonly ask: boolean;
  readonly question: string;
}

const NAMES: Readonly<Record<AccessSecret["kind"], string>> = {
  "customer-key": "customer key",
  "password": "password",
  "pin": "PIN",
};

/** How a token's secret is called. */
export function secretName({ kind }: AccessSecret): string {
  return NAMES[kind];
}

/**
 * What the owner shows a token, where it wants something: read from a file descriptor, the environment or
 * a prompt. `undefined` where none was given and none is needed. The caller wipes it.
 */
export async function ownerSecret(
  token: Token,
  options: SecretOptions & { readonly context: CommandContext },
): Promise<Secret | undefined> {
  const wanted = token.access?.secret;
  if (!wanted) return undefined;
  const { askKey, keyFd, context } = options;
  const left = wanted.attemptsLeft === undefined ? "" : `, ${wanted.attemptsLeft} tries left`;
  return await readSecret(wanted, {
    context,
    source: {
      env: "OTPSMITH_TOKEN_KEY",
      fd: keyFd,
      ask: askKey === true || (wanted.required && context.out.interactive),
      question: `${capital(secretName(wanted))} of the token (not shown${left}): `,
    },
  });
}

/**
 * Shows the secret before anything is read, to a token that tells nothing without it. Whatever is written
 * later begins with it again.
 */
export async function unlockToRead(
  { access }: Token,
  { secret, context: { signal } }: {
    readonly secret: Secret | undefined;
    readonly context: CommandContext;
  },
): Promise<void> {
  if (!access?.secret?.required || access.secret.onlyToWrite) return;
  if (!secret) throw nobodyToAsk(access.secret, "OTPSMITH_TOKEN_KEY");
  await access.authenticate({ secret, signal });
}

/** Asks for the secret and shows it, for commands that only read; not where the token reads without it. */
export async function unlockOnlyToRead(
  token: Token,
  options: SecretOptions & { readonly context: CommandContext },
): Promise<void> {
  if (token.access?.secret?.onlyToWrite) return;
  const secret = await ownerSecret(token, options);
  await unlockToRead(token, { secret, context: options.context }).finally(() => secret?.wipe());
}

/** Reads a secret from its source and checks its length: a wrong one may cost a try. */
export async function readSecret(
  wanted: AccessSecret,
  { source, context }: { readonly source: SecretSource; readonly context: CommandContext },
): Promise<Secret | undefined> {
  const { env, fd, ask, question } = source;
  const { io, out, signal } = context;
  let bytes: Uint8Array | undefined;
  if (fd !== undefined) bytes = await readFd(fd);
  else if (io.env[env] !== undefined) bytes = new TextEncoder().encode(io.env[env]);
  else if (ask) {
    if (!out.interactive) throw nobodyToAsk(wanted, env);
    bytes = await askHidden(question, { io, signal });
  }
  if (!bytes) return undefined;
  const { min, max } = wanted.bytes;
  if (bytes.length < min || bytes.length > max) {
    const length = bytes.length;
    bytes.fill(0);
    throw new CliError(
      `Cannot use this ${
        secretName(wanted)
      }: it has ${length} bytes, ${min} to ${max} are possible`,
      {
        code: "usage/key-length",
        exit: EXIT.usage,
        next: "Nothing was sent; check what was given.",
      },
    );
  }
  return Secret.take(bytes);
}

/** Longer than any secret of a token. */
const MAX_BYTES = 4096;

/** All that a file descriptor gives, without the line's end. */
async function readFd(fd: number): Promise<Uint8Array> {
  const chunks: Uint8Array[] = [];
  let length = 0;
  try {
    for await (const chunk of createReadStream("", { fd, autoClose: false })) {
      chunks.push(chunk as Uint8Array);
      length += (chunk as Uint8Array).length;
      if (length > MAX_BYTES) break;
    }
  } catch (cause) {
    throw new CliError(`Cannot read file descriptor ${fd}: it is not open for reading`, {
      code: "usage/key-fd",
      exit: EXIT.usage,
      next: "Open it in the shell, for example with 3< FILE at the end of the command.",
      cause,
    });
  }
  const all = new Uint8Array(length);
  let at = 0;
  for (const chunk of chunks) {
    all.set(chunk, at);
    at += chunk.length;
    chunk.fill(0);
  }
  const end = all.findLastIndex((byte) => byte !== 0x0a && byte !== 0x0d) + 1;
  const text = all.slice(0, end);
  all.fill(0);
  return text;
}

function nobodyToAsk(wanted: AccessSecret, env: string): CliError {
  return new CliError(`Cannot ask for the ${secretName(wanted)}: there is no terminal`, {
    code: "needs-person/key",
    exit: EXIT.needsPerson,
    next: `Give it in ${env}, or through a file descriptor with --key-fd NUMBER.`,
  });
}

function capital(text: string): string {
  return text[0]!.toUpperCase() + text.slice(1);
}
