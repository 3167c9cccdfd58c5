import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { guestFolder } from "../../../tools/guest/build.mjs";

const AGENT = join(import.meta.dirname, "guest/agent.mjs");
/** The host's loopback, seen from the guest through QEMU's user network. */
export const HOST = "10.0.2.2";
const BOOT_MS = 180_000;
/** How long {@linkcode GuestMachine.boot} may take in all, in milliseconds. */
export const BOOT_LIMIT_MS: number = 2 * BOOT_MS + 10_000;

/** How a command in the guest is started. */
export interface GuestOptions {
  /** Number of the user that runs it; root unless given. */
  readonly user?: number | undefined;
  /** Further environment. */
  readonly env?: Readonly<Record<string, string>> | undefined;
}

/** A command that runs in the guest. */
export interface GuestCommand {
  /** Resolves with the first line that matches, whether it came already or comes; rejects at its end. */
  line(pattern: RegExp): Promise<string>;
  /** Resolves when it has ended. */
  readonly ended: Promise<GuestEnd>;
  /** Gives it a line on its standard input. */
  say(line: string): void;
  /** Sends it a signal. */
  kill(signal: NodeJS.Signals): void;
}

/** How a command in the guest ended. */
export interface GuestEnd {
  /** Exit code, or the signal's name. */
  readonly exit: number | string;
  /** What it printed, on both streams. */
  readonly text: string;
}

/** The machine ran, and its first program did not. */
class NotUp extends Error {}

interface Running {
  readonly lines: string[];
  readonly watches: { pattern: RegExp; resolve(line: string): void; reject(error: Error): void }[];
  finish(end: GuestEnd): void;
}

/**
 * A machine in QEMU, without KVM, that has booted Debian's kernel. Its file system is this computer's,
 * read-only, under a layer of memory. Commands run in it as root unless said otherwise.
 */
export class GuestMachine {
  readonly #qemu: ChildProcess;
  readonly #folder: string;
  readonly #running = new Map<number, Running>();
  readonly #ended: Promise<void>;
  #commands = 0;
  #ready = (): void => {};

  private constructor(qemu: ChildProcess, folder: string) {
    this.#qemu = qemu;
    this.#folder = folder;
    createInterface({ input: qemu.stdout! }).on("line", (line) => this.#hear(line));
    this.#ended = new Promise((resolve) => {
      qemu.once("close", () => {
        const end = { exit: "machine ended", text: this.console() };
        for (const running of this.#running.values()) running.finish(end);
        resolve();
      });
    });
  }

  /**
   * Boots one; once more if the kernel does not come up. An emulated processor on a computer that does other
   * things has odd moments, and booting is not what is tested.
   *
   * @throws {Error} That names what is missing, or holds what the kernel said.
   */
  static async boot(): Promise<GuestMachine> {
    const guest = guestFolder();
    if (!existsSync(guest)) {
      throw new Error(
        "The VM lane needs a kernel: run `node tools/guest/build.mjs`, or `npm test`",
      );
    }
    return await GuestMachine.#boot(guest).catch((error: Error) => {
      if (!(error instanceof NotUp)) throw error;
      console.error(`${error.message}\nThe guest is booted once more.`);
      return GuestMachine.#boot(guest);
    });
  }

  static async #boot(guest: string): Promise<GuestMachine> {
    const folder = mkdtempSync(join(tmpdir(), "guest-"));
    const qemu = spawn("qemu-system-x86_64", qemuArguments(guest, join(folder, "console")), {
      stdio: ["pipe", "pipe", "pipe"],
    });
    let said = "";
    let started = true;
    qemu.stderr.setEncoding("utf8").on("data", (text: string) => said += text);
    const machine = new GuestMachine(qemu, folder);
    const timer = setTimeout(() => qemu.kill("SIGKILL"), BOOT_MS);
    const up = new Promise<boolean>((resolve) => machine.#ready = () => resolve(true));
    const failed = new Promise<boolean>((resolve) => {
      qemu.once("error", (error) => {
        started = false;
        said += `${error.message}: the VM lane needs the Debian package qemu-system-x86`;
        resolve(false);
      });
      void machine.#ended.then(() => resolve(false));
    });
    const booted = await Promise.race([up, failed]);
    clearTimeout(timer);
    if (booted) return machine;
    const text = `The guest did not come up: ${said}\n${machine.console()}`;
    rmSync(folder, { recursive: true });
    throw started ? new NotUp(text) : new Error(text);
  }

  /** What its kernel and its first program have printed. */
  console(): string {
    const file = join(this.#folder, "console");
    return existsSync(file) ? readFileSync(file, "utf8").slice(-4000) : "";
  }

  /** Starts a command of bash. */
  start(run: string, options: GuestOptions = {}): GuestCommand {
    const id = ++this.#commands;
    const lines: string[] = [];
    const watches: Running["watches"] = [];
    const ended = new Promise<GuestEnd>((resolve) => {
      this.#running.set(id, {
        lines,
        watches,
        finish: (end) => {
          this.#running.delete(id);
          for (const { pattern, reject } of watches.splice(0)) {
            reject(new Error(`"${run}" ended (${end.exit}) without ${pattern}:\n${end.text}`));
          }
          resolve(end);
        },
      });
    });
    this.#send({ id, run, ...options });
    return {
      ended,
      line: (pattern) =>
        new Promise((resolve, reject) => {
          const found = lines.find((line) => pattern.test(line));
          if (found !== undefined) return resolve(found);
          if (this.#running.has(id)) watches.push({ pattern, resolve, reject });
          else reject(new Error(`"${run}" has ended without ${pattern}:\n${lines.join("\n")}`));
        }),
      say: (line) => this.#send({ id, say: line }),
      kill: (signal) => this.#send({ id, end: signal }),
    };
  }

  /** Runs a command of bash to its end, however that is. */
  async run(command: string, options: GuestOptions = {}): Promise<GuestEnd> {
    return await this.start(command, options).ended;
  }

  /**
   * Runs a command of bash and gives back what it printed.
   *
   * @throws {Error} If it does not end with 0.
   */
  async ask(command: string, options: GuestOptions = {}): Promise<string> {
    const { exit, text } = await this.run(command, options);
    if (exit !== 0) throw new Error(`"${command}" ended with ${exit} in the guest:\n${text}`);
    return text;
  }

  /** Ends it. */
  async stop(): Promise<void> {
    this.#qemu.kill("SIGKILL"); // nothing in it is kept
    await this.#ended;
    rmSync(this.#folder, { recursive: true });
  }

  #send(message: object): void {
    this.#qemu.stdin!.write(`${JSON.stringify(message)}\n`);
  }

  #hear(line: string): void {
    const message = JSON.parse(line) as {
      readonly ready?: true;
      readonly id?: number;
      readonly said?: string;
      readonly exit?: number | string;
    };
    if (message.ready) return this.#ready();
    const running = this.#running.get(message.id!);
    if (!running) return;
    const { lines, watches } = running;
    if (message.exit !== undefined) {
      return running.finish({ exit: message.exit, text: lines.join("\n") });
    }
    lines.push(message.said!);
    for (const watch of [...watches]) {
      if (!watch.pattern.test(message.said!)) continue;
      watches.splice(watches.indexOf(watch), 1);
      watch.resolve(message.said!);
    }
  }
}

function qemuArguments(guest: string, log: string): string[] {
  const kernel = [
    "console=ttyS0 loglevel=3 panic=-1 mitigations=off nokaslr random.trust_cpu=on",
    // An emulated timer may be late when the computer is busy; the kernel would call that broken and panic.
    "no_timer_check",
    `node=${process.execPath} agent=${AGENT}`,
  ];
  return [
    ...["-M", "q35", "-accel", "tcg", "-cpu", "qemu64", "-smp", "1", "-m", "1024"],
    ...["-nodefaults", "-no-user-config", "-no-reboot", "-display", "none"],
    ...["-kernel", join(guest, "vmlinux"), "-initrd", join(guest, "initramfs")],
    ...["-append", kernel.join(" ")],
    ...["-serial", `file:${log}`, "-serial", "stdio"],
    ...["-fsdev", "local,id=host,path=/,security_model=none,readonly=on,multidevs=remap"],
    ...["-device", "virtio-9p-pci,fsdev=host,mount_tag=host"],
    ...["-object", "rng-random,filename=/dev/urandom,id=random"],
    ...["-device", "virtio-rng-pci,rng=random"],
    ...["-netdev", "user,id=net", "-device", "virtio-net-pci,netdev=net,romfile="],
  ];
}
