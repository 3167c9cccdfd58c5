#!/usr/bin/env node
// @ts-check
/**
 * Makes what the VM lane of the tests boots (tests/usb/vm): Debian's kernel as it is in its package, and
 * an initial file system with busybox, some of its modules and udev. Kept in the user's cache folder, since
 * the kernel is 70 MB. Comes from the distribution's mirror by package name, checked by apt.
 *
 *     node tools/guest/build.mjs
 *
 * @module
 */
import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, copyFileSync, existsSync, mkdirSync, mkdtempSync } from "node:fs";
import { readdirSync, readFileSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { basename, join, resolve } from "node:path";
import { fileURLToPath } from "node:url";

const INIT = join(import.meta.dirname, "init.sh");
const MODULES = [
  "virtio_pci",
  "virtio_rng",
  "virtio_net",
  "9pnet_virtio",
  "9p",
  "overlay",
  "usbcore",
  "hid",
  "usbhid",
  "hid_generic",
  "vhci_hcd",
];
const APPLETS = [
  "sh",
  "mount",
  "insmod",
  "mkdir",
  "cat",
  "cp",
  "echo",
  "sed",
  "sleep",
  "chroot",
  "ip",
];
/** The kernel's image is packed behind a small program; the machine need not unpack it at each start. */
const UNPACK = `
import lzma, sys
packed = open(sys.argv[1], "rb").read()
start = packed.find(b"\\xfd7zXZ\\x00")
open(sys.argv[2], "wb").write(lzma.LZMADecompressor().decompress(packed[start:]))
`;

/** Where it is kept: under a name made of what it is made by. */
export function guestFolder() {
  const cache = process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache");
  const hash = createHash("sha256");
  for (const file of [INIT, fileURLToPath(import.meta.url)]) hash.update(readFileSync(file));
  return join(cache, "otpsmith", `guest-${hash.digest("hex").slice(0, 16)}`);
}

/**
 * Makes it unless it is there.
 *
 * @returns {string | undefined} what a person has to do, if it cannot be made
 */
export function buildGuest() {
  const target = guestFolder();
  if (existsSync(target)) return undefined;
  if (process.platform !== "linux" || process.arch !== "x64") {
    return `The VM lane of the tests boots a Linux of x86_64, and this is ${process.platform} ${process.arch}.`;
  }
  mkdirSync(join(target, ".."), { recursive: true });
  const work = mkdtempSync(`${target}-`);
  try {
    console.log("Fetching the kernel that the VM lane boots (70 MB, once)");
    build(work);
    renameSync(work, target);
    return undefined;
  } catch (error) {
    const { stderr, message } = /** @type {Error & { stderr?: Buffer }} */ (error);
    return `Cannot make the guest of the VM lane: ${stderr?.toString().trim() || message}\n` +
      "It needs Debian's packages linux-image-amd64 and udev, by apt-get download.";
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

/** @param {string} work */
function build(work) {
  /** @type {(file: string, args: readonly string[], input?: Buffer | string) => Buffer} */
  const run = (file, args, input) =>
    execFileSync(file, args, {
      cwd: work,
      input,
      stdio: ["pipe", "pipe", "pipe"],
      maxBuffer: 1 << 29,
      env: { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin:/sbin` },
    });
  const depends = run("apt-cache", ["depends", "linux-image-amd64"]).toString();
  const [, kernel] = /Depends: (linux-image-\S+)/.exec(depends) ?? [];
  if (!kernel) throw new Error("there is no package linux-image-amd64 here");
  run("apt-get", ["download", "--quiet", kernel, "udev", "systemd"]);
  const packages = readdirSync(work).filter((name) => name.endsWith(".deb"));
  /** @param {string} name @param {string} folder */
  const unpack = (name, folder) => {
    const file = packages.find((each) => each.startsWith(`${name}_`)) ?? "";
    mkdirSync(join(work, folder));
    run("dpkg-deb", ["-x", file, folder]);
    rmSync(join(work, file));
  };
  unpack(kernel, "kernel");
  unpack("udev", "udev");
  unpack("systemd", "systemd");
  const [version = ""] = readdirSync(join(work, "kernel/lib/modules"));
  run("depmod", ["-b", "kernel", version]);
  run("python3", ["-c", UNPACK, `kernel/boot/vmlinuz-${version}`, "vmlinux"]);

  const root = join(work, "root");
  for (const folder of ["bin", "proc", "sys", "dev", "lib/modules"]) {
    mkdirSync(join(root, folder), { recursive: true });
  }
  copyFileSync("/bin/busybox", join(root, "bin/busybox"));
  for (const applet of APPLETS) symlinkSync("busybox", join(root, "bin", applet));
  const show = ["-d", "kernel", "-S", version, "--show-depends"];
  const lines = MODULES.flatMap((name) => run("modprobe", [...show, name]).toString().split("\n"));
  const files = new Set(
    lines.filter((line) => line.startsWith("insmod ")).map((line) => line.split(" ")[1] ?? ""),
  );
  for (const file of files) {
    copyFileSync(resolve(work, file), join(root, "lib/modules", basename(file)));
  }
  writeFileSync(join(root, "modules"), [...files].map((file) => basename(file)).join("\n"));
  // udevd is udevadm under another name; the rules that give devices to whoever sits there are systemd's.
  mkdirSync(join(root, "udev"));
  for (const name of ["udevadm", "systemd-udevd"]) {
    copyFileSync(join(work, "udev/bin/udevadm"), join(root, "udev", name));
  }
  for (const name of ["udev", "systemd"]) {
    run("cp", ["-r", `${name}/lib/udev/rules.d`, "root/udev/"]);
    rmSync(join(work, name), { recursive: true });
  }
  copyFileSync(INIT, join(root, "init"));
  chmodSync(join(root, "init"), 0o755);
  const names = run("find", ["root", "-mindepth", "1", "-printf", "%P\\n"]);
  const archive = execFileSync("cpio", ["-o", "-H", "newc", "--quiet"], {
    cwd: root,
    input: names,
    maxBuffer: 1 << 29,
  });
  writeFileSync(join(work, "initramfs"), archive);
  rmSync(join(work, "kernel"), { recursive: true });
  rmSync(root, { recursive: true });
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const problem = buildGuest();
  console.log(problem ?? guestFolder());
  process.exitCode = problem ? 1 : 0;
}
