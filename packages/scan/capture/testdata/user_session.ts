import { chmodSync, chownSync, copyFileSync, existsSync, mkdirSync } from "node:fs";
import { join } from "node:path";
import { run } from "../../testdata/child.ts";
import { type Bench, type Program, until } from "./programs.ts";

const NOBODY = 65534;

/** What a scan of the whole screen came to, and what the doctor says. */
export interface Scanned {
  readonly way: string;
  readonly probe: { readonly ok: boolean; readonly code: string };
  readonly codes?: readonly { readonly text: string; readonly seen: readonly unknown[] }[];
  readonly notes?: readonly string[];
  readonly error?: { readonly code: string; readonly message: string; readonly next: string };
}

/**
 * The session of a user. Desktops refuse to run as root, and portals look at who asks: then everything in it
 * runs as nobody.
 */
export class UserSession {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;
  readonly #bench: Bench;
  readonly #user = process.getuid!() === 0 ? { uid: NOBODY, gid: NOBODY } : {};

  constructor(bench: Bench, env: NodeJS.ProcessEnv = {}) {
    this.#bench = bench;
    this.folder = bench.folder();
    this.own(this.folder);
    chmodSync(this.folder, 0o700);
    const { PATH } = process.env;
    this.env = { PATH, HOME: this.folder, XDG_RUNTIME_DIR: this.folder, ...env };
  }

  /** Gives a file or folder to the user. */
  own(path: string): void {
    if (this.#user.uid !== undefined) chownSync(path, NOBODY, NOBODY);
  }

  /** Starts a program of the user. */
  start(command: string, args: readonly string[], env: NodeJS.ProcessEnv = {}): Program {
    const options = { env: { ...this.env, ...env }, cwd: this.folder, ...this.#user };
    return this.#bench.start(command, args, options);
  }

  /** Has the portal use the parts for these desktops alone, of all that are installed here. */
  usePortals(...names: readonly string[]): void {
    const folder = join(this.folder, "portals");
    mkdirSync(folder);
    for (const name of names) {
      copyFileSync(
        `/usr/share/xdg-desktop-portal/portals/${name}.portal`,
        join(folder, `${name}.portal`),
      );
    }
    this.env["XDG_DESKTOP_PORTAL_DIR"] = folder;
  }

  /** Starts a bus that starts the services that are installed, in the environment of now. */
  async startBus(variable = "DBUS_SESSION_BUS_ADDRESS"): Promise<void> {
    const socket = join(this.folder, variable);
    const bus = this.start("dbus-daemon", [
      "--session",
      "--nofork",
      `--address=unix:path=${socket}`,
    ]);
    await until(() => {
      if (!existsSync(socket)) throw new Error(`No bus comes up: ${bus.output()}`);
    });
    this.env[variable] = `unix:path=${socket}`;
  }

  /** The package as it is published looks at the screen, in a process of the user. */
  async scan(env: NodeJS.ProcessEnv = {}): Promise<Scanned> {
    const program = `
      const { openCapturer, probeCapture, scanScreens } = await import(
        new URL("capture/mod.js", built));
      const capturer = await openCapturer();
      const probe = await probeCapture();
      const outcome = await scanScreens(capturer, { what: "screen" }).then(
        ({ codes, notes }) => ({
          codes: codes.map(({ bytes, seen }) => ({ text: new TextDecoder().decode(bytes), seen })),
          notes,
        }),
        ({ code, message, next }) => ({ error: { code, message, next } }),
      );
      console.log(JSON.stringify({ way: capturer.way, probe, ...outcome }));
    `;
    const options = { env: { ...this.env, ...env }, asNobody: true };
    const { code, stdout, stderr } = await run(program, options);
    if (code !== 0) throw new Error(`The scan ended with ${code}: ${stderr}`);
    return JSON.parse(stdout) as Scanned;
  }
}
