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
  const { id, run, user, env, end, say } = JSON.parse(line);
  if (end) running.get(id)?.kill(end);
  if (say !== undefined) running.get(id)?.stdin?.write(`${say}\n`);
  if (run === undefined) continue;
  const as = user === undefined
    ? []
    : ["setpriv", `--reuid=${user}`, `--regid=${user}`, "--clear-groups"];
  // Without --norc bash would read the host's ~/.bashrc: it takes a socket as its standard input, which pipes of
  // Node are, for a remote shell's (bash(1), INVOCATION). That cost 5 s a command on one computer.
  const [file = "", ...args] = [...as, "bash", "--norc", "-c", run];
  const child = spawn(file, args, {
    stdio: ["pipe", "pipe", "pipe"],
    env: {
      PATH: "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin",
      HOME: "/root",
      NO_COLOR: "1",
      SYSTEMD_IGNORE_CHROOT: "1", // udevadm would do nothing otherwise, and say that all is well
      ...env,
    },
  });
  running.set(id, child);
  child.stdin.on("error", () => {}); // it has ended: "close" follows
  for (const stream of [child.stdout, child.stderr]) {
    createInterface({ input: stream }).on("line", (said) => tell({ id, said }));
  }
  child.on("close", (exit, signal) => {
    running.delete(id);
    tell({ id, exit: exit ?? signal });
  });
}
