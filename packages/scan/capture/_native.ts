import { createRequire } from "node:module";
import process from "node:process";
import type { TimeSource } from "@otpsmith/core/time";
import { captureError } from "./_errors.ts";
import { runProgram } from "./_program.ts";

/** How a native module is asked. */
export interface NativeOptions {
  readonly env: NodeJS.ProcessEnv;
  readonly signal?: AbortSignal | undefined;
  readonly time?: TimeSource | undefined;
}

const NATIVE_MS = 30_000;

/**
 * Runs a few lines with a native module in a process of its own: one that crashes, hangs or ends the
 * process must not take a burn with it. The lines have the module as `native` and an argument as `input`,
 * and call `put(value, bytes)` for each result, which comes back through a pipe.
 *
 * @throws {FormatError} of this obstacle, if the module is not installed or fails.
 */
export async function askNative(
  module: "node-screenshots" | "@mariozechner/clipboard",
  { lines, input, obstacle, options }: {
    readonly lines: string;
    readonly input: unknown;
    readonly obstacle: "screen" | "clipboard";
    readonly options: NativeOptions;
  },
): Promise<readonly NativeResult[]> {
  let path: string;
  try {
    path = createRequire(import.meta.url).resolve(module);
  } catch (cause) {
    throw captureError(obstacle, {
      state: `the package ${module} is not installed`,
      next: "Install again without leaving out optional packages.",
      cause,
    });
  }
  const program = `${HEAD}\n(async () => {\n${lines}\n})()${TAIL}`;
  const { code, stdout, stderr } = await runProgram(
    [process.execPath, "-e", program, path, JSON.stringify(input)],
    { ...options, env: { ...options.env, NODE_OPTIONS: "" }, timeoutMs: NATIVE_MS },
  );
  try {
    if (code === 0) return parse(stdout);
    throw captureError(obstacle, {
      state: code === null ? "the system does not answer" : "the system has refused it",
      cause: new Error(stderr),
    });
  } finally {
    stdout.fill(0);
  }
}

/** One `put`. Overwrite the bytes after use. */
export interface NativeResult {
  readonly value: unknown;
  readonly bytes: Uint8Array;
}

// Each result: length of the JSON, length of the bytes (32 bits each, little-endian), JSON, bytes.
const HEAD = `
const native = require(process.argv[1]);
const input = JSON.parse(process.argv[2]);
const put = (value, bytes = new Uint8Array()) => {
  const json = Buffer.from(JSON.stringify(value));
  const head = Buffer.alloc(8);
  head.writeUInt32LE(json.length, 0);
  head.writeUInt32LE(bytes.length, 4);
  for (const part of [head, json, bytes]) write(part);
};
const { writeSync } = require("node:fs");
const write = (bytes) => {
  for (let at = 0; at < bytes.length;) {
    try {
      at += writeSync(1, bytes, at);
    } catch (error) {
      if (error.code !== "EAGAIN") throw error; // a pipe that is full for the moment
    }
  }
};`;

const TAIL = `.then(() => process.exit(0), (error) => {
  console.error(error && error.message);
  process.exit(1);
});`;

function parse(stdout: Uint8Array): readonly NativeResult[] {
  const view = new DataView(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  const results: NativeResult[] = [];
  for (let at = 0; at + 8 <= stdout.length;) {
    const [json, bytes] = [view.getUint32(at, true), view.getUint32(at + 4, true)];
    at += 8;
    const value: unknown = JSON.parse(new TextDecoder().decode(stdout.subarray(at, at + json)));
    at += json;
    results.push({ value, bytes: stdout.slice(at, at + bytes) });
    at += bytes;
  }
  return results;
}
