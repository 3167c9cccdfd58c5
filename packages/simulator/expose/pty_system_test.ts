// A real pseudo-terminal, used as any program would.
import { mkdtempSync, readdirSync, realpathSync, rmSync } from "node:fs";
import { open, stat } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { openVirtualPort, type VirtualPort } from "./pty.ts";
import { buildPtyRelay } from "./pty_build.ts";

const ports: VirtualPort[] = [];
afterEach(() => Promise.all(ports.splice(0).map((port) => port.stop())));

async function echo(): Promise<VirtualPort> {
  const port = await openVirtualPort({ onData: (bytes) => port.write(bytes.slice()) });
  ports.push(port);
  return port;
}

const exists = (path: string): Promise<boolean> => stat(path).then(() => true, () => false);

test("every byte passes as it is, both ways: nothing is edited, echoed or translated", async () => {
  const { path } = await echo();
  const all = Uint8Array.from({ length: 256 }, (_, i) => i);
  const file = await open(path, "r+");
  try {
    await file.write(all);
    const got: number[] = [];
    while (got.length < all.length) {
      const { bytesRead, buffer } = await file.read(new Uint8Array(256), 0, 256, null);
      got.push(...buffer.subarray(0, bytesRead));
    }
    expect(got).toEqual([...all]);
  } finally {
    await file.close();
  }
});

test("unplugged its path is gone, plugged in it is there again; stopped all of it is gone", async () => {
  const port = await echo();
  expect((await stat(port.path)).isCharacterDevice()).toBe(true);
  const terminal = realpathSync(port.path);
  await port.unplug();
  expect(await exists(port.path)).toBe(false);
  port.write(Uint8Array.of(1)); // lost, and no error
  await port.plug();
  expect((await stat(port.path)).isCharacterDevice()).toBe(true);
  await port.stop();
  await port.stop();
  expect(await exists(dirname(port.path))).toBe(false);
  expect(terminal).toMatch(/^\/dev\//);
});

test("a program that has it open when it is pulled out gets no more from it", async () => {
  const port = await echo();
  const file = await open(port.path, "r+");
  try {
    const read = file.read(new Uint8Array(8), 0, 8, null)
      .then(({ bytesRead }) => bytesRead, ({ code }) => code);
    await port.unplug();
    expect([0, "EIO"]).toContain(await read);
  } finally {
    await file.close();
  }
});

test("the signal takes it away", async () => {
  const stop = new AbortController();
  const port = await openVirtualPort({ onData: () => {}, signal: stop.signal });
  ports.push(port);
  stop.abort();
  await expect.poll(() => exists(port.path)).toBe(false);
  await expect(openVirtualPort({ onData: () => {}, signal: stop.signal })).rejects.toThrow();
});

test("its program is built once; without a compiler the error says what to install", async () => {
  const cacheDirectory = mkdtempSync(join(tmpdir(), "otpsmith-pty-"));
  try {
    const built = await Promise.all([1, 2].map(() => buildPtyRelay({ cacheDirectory })));
    expect(built[0]).toBe(built[1]);
    expect(readdirSync(cacheDirectory)).toHaveLength(1);
    await expect(buildPtyRelay({ cacheDirectory, compiler: "no-such-compiler" })).rejects
      .toMatchObject({
        code: "link/absent",
        message: "Cannot build the virtual serial port: no-such-compiler is not installed",
        next: "Run: apt-get install gcc libc6-dev",
      });
  } finally {
    rmSync(cacheDirectory, { recursive: true });
  }
});
