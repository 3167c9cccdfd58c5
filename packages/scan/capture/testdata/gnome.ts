import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import type { Program } from "./programs.ts";
import type { UserSession } from "./user_session.ts";

/** Starts GNOME Shell in a session, without a graphics card, on two monitors that show a picture each. */
export async function startGnome(session: UserSession, picture: string): Promise<void> {
  const settings = join(session.folder, ".config/glib-2.0/settings/keyfile");
  mkdirSync(dirname(settings), { recursive: true });
  writeFileSync(
    settings,
    `[org/gnome/desktop/background]\npicture-uri='${pathToFileURL(picture)}'\n` +
      "picture-options='centered'\n",
  );
  mkdirSync(join(session.folder, "Pictures"));
  for (const path of [".config", ".config/glib-2.0", ".config/glib-2.0/settings", "Pictures"]) {
    session.own(join(session.folder, path));
  }
  session.usePortals("gnome", "gnome-shell");
  Object.assign(session.env, {
    GSETTINGS_BACKEND: "keyfile",
    WAYLAND_DISPLAY: "wayland-0",
    XDG_CURRENT_DESKTOP: "GNOME",
  });
  // It asks the system's services for much; of those of this computer it shall see none.
  await session.startBus("DBUS_SYSTEM_BUS_ADDRESS");
  await session.startBus();
  const shell = session.start("gnome-shell", [
    ...["--headless", "--wayland", "--no-x11", "--wayland-display", "wayland-0"],
    ...["--virtual-monitor", "1920x1080", "--virtual-monitor", "1280x1024"],
  ]);
  await shell.says(/GNOME Shell started at/);
}

/** The person who waits for GNOME's question and answers it with the keyboard. */
export function answer(session: UserSession, what: "yes" | "no"): Program {
  // As a text: the user of the session may not be let to where the file is.
  const program = readFileSync(join(import.meta.dirname, "gnome_person.py"), "utf8");
  return session.start("/usr/bin/python3", ["-c", program, what]);
}
