import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { qrencode } from "../../testdata/pictures.ts";
import { type Bench, type Program, until } from "./programs.ts";

/** A private X server, and what runs on it. */
export class XServer {
  readonly #bench: Bench;
  readonly #folder: string;
  #windows = 0;
  /** What programs need to find it. */
  readonly env: NodeJS.ProcessEnv;

  private constructor(bench: Bench, display: string) {
    this.#bench = bench;
    this.#folder = bench.folder();
    this.env = {
      ...process.env,
      DISPLAY: `:${display}`,
      WAYLAND_DISPLAY: undefined,
      XDG_SESSION_TYPE: "x11",
    };
  }

  /**
   * Starts Xvfb on a number that is free. `-noreset`, because the server would else forget its
   * monitors when the last program leaves.
   */
  static async start(
    bench: Bench,
    { size = "3200x1080x24", more = [] }: {
      readonly size?: string;
      readonly more?: readonly string[];
    } = {},
  ): Promise<XServer> {
    const args = ["-screen", "0", size, "-nolisten", "tcp", ...more];
    return await XServer.#launch(bench, { program: "Xvfb", args });
  }

  /** Starts Xwayland as a client of the compositor that the environment names. */
  static startXwayland(
    bench: Bench,
    env: NodeJS.ProcessEnv,
    more: readonly string[] = [],
  ): Promise<XServer> {
    return XServer.#launch(bench, { program: "Xwayland", args: more, env });
  }

  static async #launch(
    bench: Bench,
    { program, args, env }: {
      readonly program: string;
      readonly args: readonly string[];
      readonly env?: NodeJS.ProcessEnv;
    },
  ): Promise<XServer> {
    const server = bench.start(program, ["-displayfd", "3", "-noreset", ...args], {
      stdio: ["ignore", "pipe", "pipe", "pipe"],
      ...(env ? { env } : {}),
    });
    let number = "";
    server.child.stdio[3]!.on("data", (text: Buffer) => number += text.toString());
    const display = await until(() => {
      if (!number.endsWith("\n")) {
        throw new Error(`${program} does not come up: ${server.output()}`);
      }
      return number.trim();
    });
    return new XServer(bench, display);
  }

  /** Makes two monitors of the screen. */
  async twoMonitors(): Promise<void> {
    const set = (...args: string[]): Promise<string> =>
      this.#bench.run("xrandr", ["--setmonitor", ...args], { env: this.env });
    await set("LEFT", "1600/400x1080/300+0+0", "screen");
    await set("RIGHT", "1600/400x1080/300+1600+0", "none");
  }

  /** Starts a window manager and waits until it manages. */
  async manage(): Promise<void> {
    this.#start("openbox");
    await until(async () => {
      const root = await this.#bench.run("xprop", ["-root", "_NET_SUPPORTING_WM_CHECK"], {
        env: this.env,
      });
      if (!root.includes("window id")) throw new Error(root);
    });
  }

  /** Shows a code in a window of its own, at `+X+Y`. */
  async show(
    text: string,
    options: { readonly title: string; readonly at: string },
  ): Promise<void> {
    const path = join(this.#folder, `${this.#windows++}.png`);
    writeFileSync(path, qrencode(text));
    await this.#display(options, path);
  }

  /** Puts a blank window over everything at `WxH+X+Y`. */
  async cover({ title, at }: { readonly title: string; readonly at: string }): Promise<void> {
    await this.#display({ title, at }, "-size", at.replace(/[+-].*/, ""), "xc:gray");
  }

  /** Shows a code in a browser. */
  async browse(
    text: string,
    { at, size }: { readonly at: string; readonly size: string },
  ): Promise<void> {
    const picture = `data:image/png;base64,${qrencode(text).toString("base64")}`;
    const page = `data:text/html,<title>A page</title><img src="${picture}">`;
    this.#start(
      "chromium",
      "--no-sandbox",
      "--no-first-run",
      "--disable-gpu",
      "--disable-dev-shm-usage",
      "--force-device-scale-factor=1",
      `--user-data-dir=${join(this.#folder, "profile")}`,
      `--window-position=${at}`,
      `--window-size=${size}`,
      `--app=${page}`,
    );
    await this.#shown(/A page/);
  }

  async #display(
    { title, at }: { readonly title: string; readonly at: string },
    ...picture: readonly string[]
  ): Promise<void> {
    this.#start("display", "-title", title, "-geometry", at, ...picture);
    await this.#shown(new RegExp(title));
  }

  async #shown(title: RegExp): Promise<void> {
    await until(async () => {
      const tree = await this.#bench.run("xwininfo", ["-root", "-tree"], { env: this.env });
      if (!title.test(tree)) throw new Error(`There is no such window: ${tree}`);
    });
  }

  #start(command: string, ...args: readonly string[]): Program {
    return this.#bench.start(command, args, { env: this.env });
  }
}
