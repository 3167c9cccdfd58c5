// @ts-check
/**
 * Runs in the guest of the VM lane: takes commands from the test over a serial line, one JSON object a
 * line, and tells what they print, line by line, and how they end.
 */
import { execFileSync, spawn } from "node:child_process";
import { createReadStream, openSync, writeSync } from "node:fs";
import { createInterface } from "node:readline";

const LINE = "/dev/ttyS1";
execFileSync("stty", ["-F", LINE, "raw", "-echo"]);
const out = openSync(LINE, "w");
tell({ ready: true });

/** @param {object} message */
function tell(message) {
  const bytes = Buffer.from(`${JSON.stringify(message)}\n`);
  for (let at = 0; at < bytes.length;) at += writeSync(out, bytes, at);
}

/** @type {Map<number, import("node:child_process").ChildProcess>} */
const running = new Map();
for await (const line of createInterface({ input: createReadStream(LINE) })) {
  const { id, run, user, env, end } = JSON.parse(line);
  if (end) {
    running.get(id)?.kill(end);
    continue;
  }
  const as = user === undefined
    ? []
    : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  const [file = "", ...args] = [...as, "bash", "-c", run];
  const child = spawn(file, args, {
    stdio: ["ignore", "pipe", "pipe"],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: "/root",
      NO_COLOR: "1",
      SYSTEMD_IGNORE_CHROOT: "1", // udevadm would do nothing otherwise, and say that all is well
      ...env,
    },
  });
  running.set(id, child);
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (said) => tell({ id, said }));
  }
  child.on("close", (exit, signal) => {
    running.delete(id);
    tell({ id, exit: exit ?? signal });
  });
}
