// @ts-check
/**
 * The parts of the operating system that the tests stand on. Only tests need all of them: a user of
 * otpsmith needs pcscd, and only for real readers.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { accessSync, constants, existsSync } from "node:fs";
import { delimiter, join } from "node:path";

/** Debian's package by package, and a program or a file that shows that it is there. */
const PARTS = {
  "pcscd": ["pcscd", "/usr/sbin/pcscd"],
  "libpcsclite-dev": ["/usr/include/PCSC/winscard.h"],
  "vsmartcard-vpcd": ["/etc/reader.conf.d/vpcd", "/usr/bin/vpcd-config"],
  "oathtool": ["oathtool"],
  "pskctool": ["pskctool"],
  "python3-pskc": ["/usr/lib/python3/dist-packages/pskc"],
  "openssl": ["openssl"],
  "qrencode": ["qrencode"],
  "zbar-tools": ["zbarimg"],
  "libzbar-dev": ["/usr/include/zbar.h"],
  "libzxing-dev": ["/usr/include/ZXing/ReadBarcode.h"],
  "opensc": ["opensc-tool"],
  "yubikey-manager": ["ykman"],
  "chromium": ["chromium"],
  "xvfb": ["Xvfb"],
  "xauth": ["xauth"],
  "x11-xserver-utils": ["xrandr"],
  "x11-utils": ["xwininfo"],
  "openbox": ["openbox"],
  "imagemagick": ["display"],
  "sway": ["sway"],
  "grim": ["grim"],
  "weston": ["weston"],
  "xwayland": ["Xwayland"],
  "xdg-desktop-portal": ["/usr/libexec/xdg-desktop-portal"],
  "xdg-desktop-portal-wlr": ["/usr/libexec/xdg-desktop-portal-wlr"],
  "xdg-desktop-portal-gtk": ["/usr/libexec/xdg-desktop-portal-gtk"],
  "xdg-desktop-portal-gnome": ["/usr/libexec/xdg-desktop-portal-gnome"],
  "gnome-shell": ["gnome-shell"],
  "pipewire": ["pipewire"],
  "xclip": ["xclip"],
  "wl-clipboard": ["wl-copy"],
  "dbus": ["dbus-daemon"],
  "python3-dbus": ["/usr/lib/python3/dist-packages/dbus"],
  "python3-gi": ["/usr/lib/python3/dist-packages/gi"],
  "umockdev": ["umockdev-run"],
  "usbip": ["usbip", "/usr/sbin/usbip"],
  "qemu-system-x86": ["qemu-system-x86_64"],
  "busybox-static": ["busybox"],
  "kmod": ["modprobe", "/usr/sbin/modprobe", "/sbin/modprobe"],
  "cpio": ["cpio"],
  "libccid": ["/usr/lib/pcsc/drivers/ifd-ccid.bundle"],
  "libusb-1.0-0": [
    "/usr/lib/x86_64-linux-gnu/libusb-1.0.so.0",
    "/usr/lib/aarch64-linux-gnu/libusb-1.0.so.0",
    "/usr/lib64/libusb-1.0.so.0",
  ],
  "gcc": ["gcc"],
  "g++": ["g++"],
  "make": ["make"],
  "python3": ["python3"],
};

/** @param {string} sign */
function isThere(sign) {
  if (sign.startsWith("/")) return existsSync(sign);
  return (process.env["PATH"] ?? "").split(delimiter).some((folder) => {
    try {
      accessSync(join(folder, sign), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}

/** Debian packages that are missing. */
function missingParts() {
  return Object.entries(PARTS).filter(([, signs]) => !signs.some(isThere)).map(([name]) => name);
}

/**
 * Installs what is missing, if this is root on a system with apt.
 *
 * @returns {string | undefined} what a person has to do, if something is still missing
 */
export function installSystemParts() {
  const missing = missingParts();
  if (missing.length === 0) return undefined;
  const command = ["apt-get", "install", "--yes", "--no-install-recommends", ...missing];
  if (process.getuid?.() === 0 && isThere("apt-get")) {
    console.log(`Installing ${missing.join(", ")}`);
    for (const args of [["apt-get", "update", "--quiet"], command]) {
      const [file = "", ...rest] = args;
      const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
      const { status, stdout, stderr } = spawnSync(file, rest, { encoding: "utf8", env });
      if (status !== 0) console.error(`${args.join(" ")}\n${stdout ?? ""}${stderr ?? ""}`);
    }
  }
  const still = missingParts();
  if (still.length === 0) return undefined;
  return `The tests need ${still.join(", ")}. Run this, then "npm test" again:\n\n` +
    `    sudo ${[...command.slice(0, 4), ...still].join(" ")}\n`;
}

/**
 * Makes sure that the native PC/SC modules load. They are optional when installing, since not every
 * machine has a compiler, so one that was passed over then is fetched and compiled now.
 *
 * @param {string} root
 * @returns {string | undefined} what is wrong, if a module still does not load
 */
export function nativeParts(root) {
  const broken = () => ["pcsclite", "koffi"].filter((name) => !loads(root, name));
  if (broken().length === 0) return undefined;
  for (const args of [["rebuild", ...broken()], ["ci", "--no-audit", "--no-fund"]]) {
    spawnSync("npm", args, { cwd: root, stdio: "inherit" });
    if (broken().length === 0) return undefined;
  }
  return `The tests need the npm packages ${
    broken().join(" and ")
  }, which could not be compiled. ` +
    `To see why: npm rebuild --foreground-scripts ${broken().join(" ")}`;
}

/**
 * @param {string} root
 * @param {string} name
 */
function loads(root, name) {
  const { status } = spawnSync(process.execPath, ["-e", `require("${name}")`], { cwd: root });
  return status === 0;
}
