import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { until } from "./programs.ts";
import type { UserSession } from "./user_session.ts";

/**
 * Starts Sway in a session, without a graphics card and on two monitors of its own, with a configuration.
 * Programs find it by the session's environment.
 */
export async function startSway(session: UserSession, config: string): Promise<void> {
  const path = join(session.folder, "config");
  writeFileSync(path, `xwayland disable\n${config}`);
  const sway = session.start("sway", ["--config", path], {
    WLR_BACKENDS: "headless",
    WLR_HEADLESS_OUTPUTS: "2",
    WLR_RENDERER: "pixman",
    WLR_LIBINPUT_NO_DEVICES: "1",
  });
  session.env["WAYLAND_DISPLAY"] = await until(() => {
    const socket = readdirSync(session.folder).find((name) => /^wayland-\d+$/.test(name));
    if (!socket) throw new Error(`Sway does not come up: ${sway.output()}`);
    return socket;
  });
}

/** Starts Sway on two monitors of different scale, with a picture in the middle of each. */
export async function startSwayShowing(
  session: UserSession,
  ...pictures: readonly [left: Uint8Array, right: Uint8Array]
): Promise<void> {
  const [left, right] = pictures.map((picture, index) => {
    const path = join(session.folder, `shown-${index}.png`);
    writeFileSync(path, picture);
    return path;
  });
  await startSway(
    session,
    `output HEADLESS-1 mode 1920x1080 position 0 0 scale 1 bg ${left} center #808080\n` +
      `output HEADLESS-2 mode 2560x1440 position 1920 0 scale 2 bg ${right} center #808080\n`,
  );
}
