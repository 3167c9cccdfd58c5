import { chmodSync, chownSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { type Bench, until } from "./programs.ts";

/** Sway refuses to run as root: then it runs as nobody. */
const NOBODY = 65534;

/**
 * Starts Sway without a graphics card on two monitors of its own, with a configuration. Returns what
 * programs need to find it.
 */
export async function startSway(bench: Bench, config: string): Promise<NodeJS.ProcessEnv> {
  const folder = bench.folder();
  const path = join(folder, "config");
  writeFileSync(path, `xwayland disable\n${config}`);
  const isRoot = process.getuid!() === 0;
  chmodSync(folder, 0o700);
  if (isRoot) chownSync(folder, NOBODY, NOBODY);
  const env: NodeJS.ProcessEnv = {
    PATH: process.env["PATH"],
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    WLR_BACKENDS: "headless",
    WLR_HEADLESS_OUTPUTS: "2",
    WLR_RENDERER: "pixman",
    WLR_LIBINPUT_NO_DEVICES: "1",
  };
  const sway = bench.start("sway", ["--config", path], {
    env,
    cwd: folder,
    ...(isRoot ? { uid: NOBODY, gid: NOBODY } : {}),
  });
  const display = await until(() => {
    const socket = readdirSync(folder).find((name) => /^wayland-\d+$/.test(name));
    if (!socket) throw new Error(`Sway does not come up: ${sway.output()}`);
    return socket;
  });
  return {
    PATH: process.env["PATH"],
    HOME: folder,
    XDG_RUNTIME_DIR: folder,
    WAYLAND_DISPLAY: display,
  };
}
