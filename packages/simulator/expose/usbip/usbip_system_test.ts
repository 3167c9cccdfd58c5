import { execFile, spawn } from "node:child_process";
import { once } from "node:events";
import process from "node:process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { beforeAll, expect, test } from "vitest";

const run = promisify(execFile);
const FOLDER = fileURLToPath(new URL("../..", import.meta.url));

beforeAll(async () => {
  // The program runs what is compiled: compile it, so that this never tests something old.
  await run("npx", ["tsc", "-b", FOLDER], { cwd: FOLDER });
});

test("the tools of Linux list the readers that the command offers", async () => {
  const args = ["--token", "token2-single:C302-i", "--token", "token2-single:C301-i"];
  const offer = ["--reader", "Token2 Molto2", "--expose", "usbip", "--listen", "0", "--json"];
  const bin = `${FOLDER}/bin/simulator.cjs`;
  const child = spawn(process.execPath, [bin, ...args, ...offer], {
    stdio: ["ignore", "pipe", "pipe"],
  });
  try {
    const [line] = await once(createInterface(child.stdout), "line");
    const ready = JSON.parse(String(line));
    expect(ready).toMatchObject({
      event: "ready",
      host: "127.0.0.1",
      open: false,
      readers: [
        { name: "OMNIKEY 5427 CK", busId: "1-1", vendorId: 0x076b, productId: 0x5427 },
        { name: "Molto2", busId: "1-2", token: { model: "token2-single:C301-i" } },
      ],
    });
    const list = ["--tcp-port", String(ready.port), "list", "-r", "127.0.0.1"];
    const env = { ...process.env, PATH: `${process.env["PATH"]}:/usr/sbin` };
    const { stdout } = await run("usbip", list, { env, timeout: 30_000 });
    expect(stdout).toMatch(/1-1: .*\(076b:5427\)/);
    expect(stdout).toMatch(/1-2: .*\(349e:0300\)/);
    expect(stdout).toMatch(/0 - .*\(0b\/00\/00\)/);
    expect(stdout).toMatch(/1 - .*\(0b\/00\/00\)/); // Molto2's CCID is its second interface
  } finally {
    process.kill(child.pid!, "SIGTERM"); // not child.kill(): on Deno that is how it ended, whatever it did
    await once(child, "exit");
  }
  expect(child.exitCode).toBe(0);
});

test("the command warns where others can reach it", async () => {
  const args = [`${FOLDER}/bin/simulator.cjs`, "--expose", "usbip", "--listen", "0.0.0.0:0"];
  const child = spawn(process.execPath, args, { stdio: ["ignore", "pipe", "pipe"] });
  let warned = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => warned += text);
  const [line] = await once(createInterface(child.stdout), "line");
  expect(line).toMatch(/^USB readers on 0\.0\.0\.0/);
  child.kill("SIGTERM");
  await once(child, "close");
  expect(warned).toMatch(/WARNING: whoever reaches this port/);
});
