// @ts-check
import { execFile } from "node:child_process";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { LineProcess } from "./_line_process.mjs";

const here = (/** @type {string} */ name) => fileURLToPath(new URL(name, import.meta.url));
const HOOK = here("../packages/transport-pcsc/testdata/typescript_hook.mjs");

/** Processes that see virtual USB devices, and the process in which these answer. */
export class UsbLane {
  /** @type {LineProcess[]} */
  #started = [];

  /** Plugs so many readers in, and an echo token; gives what programs need to see them. @param {number} readers */
  async plug(readers) {
    const script = ["--conditions=@otpsmith/source", "--import", HOOK, here("_usb_bus_process.ts")];
    const bus = this.#start([process.execPath, ...script, String(readers)], {});
    /** @type {Record<string, string>} */
    const env = JSON.parse(await bus.next());
    return env;
  }

  /** A program that answers "COUNT" with nanoseconds. @param {[string, ...string[]]} command @param {Record<string, string>} env */
  async client(command, env) {
    const client = this.#start(command, env);
    await client.next();
    return client;
  }

  /** `transport-usb` or `node-hid` at work. @param {string} work @param {Record<string, string>} env */
  node(work, env) {
    // A small nursery: how much room V8 takes for garbage in advance says nothing of what is kept.
    const flags = ["--expose-gc", "--max-semi-space-size=1"];
    return this.client([process.execPath, ...flags, here("_usb_client.mjs"), work], env);
  }

  /** The C program. @param {string} program @param {Record<string, string>} env */
  peer(program, env) {
    return this.client([program], env);
  }

  async end() {
    for (const child of this.#started.splice(0)) await child.end();
  }

  /** @param {[string, ...string[]]} command @param {Record<string, string>} env */
  #start(command, env) {
    const child = new LineProcess(command, env);
    this.#started.unshift(child);
    return child;
  }
}

/**
 * Compiles the C program for as long as it takes to use it.
 *
 * @template T
 * @param {(program: string) => Promise<T>} use
 */
export async function withUsbPeer(use) {
  const folder = await mkdtemp(join(tmpdir(), "otpsmith-bench-"));
  try {
    const program = join(folder, "usb_peer");
    const flags = ["-O2", "-Wall", "-Wextra", "-o", program, here("usb_peer.c"), "-ldl"];
    await promisify(execFile)(process.env["CC"] ?? "cc", flags).catch((cause) => {
      const state = `Cannot build the C program: ${cause.stderr || cause.message}`;
      throw Object.assign(new Error(state, { cause }), {
        next: "Run: apt-get install gcc libc6-dev",
      });
    });
    return await use(program);
  } finally {
    await rm(folder, { recursive: true });
  }
}
