import { copyFile, mkdir, mkdtemp, readdir, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { once } from "node:events";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import { buildIfdHandler, startPrivateDaemon } from "@otpsmith/simulator/expose";

const VPCD = "/usr/lib/pcsc/drivers/serial/libifdvpcd.so";

let directory: string;
beforeEach(async () => void (directory = await mkdtemp(join(tmpdir(), "daemon-"))));
afterEach(() => rm(directory, { recursive: true }));

describe("a private pcscd", () => {
  test("without its program is an error that names the package", async () => {
    await expect(startPrivateDaemon({ directory, entries: [], program: "no-such-pcscd" }))
      .rejects.toMatchObject({ code: "link/absent", next: "Run: apt-get install pcscd" });
  });

  test("whose reader does not come up is an error with what pcscd says about it", async () => {
    const library = await buildIfdHandler();
    const entries = [{
      friendlyName: "Lost",
      library,
      device: `${directory}/none:1:5000`,
      slots: 1,
    }];
    await expect(startPrivateDaemon({ directory, entries }))
      .rejects.toThrow(/0 of 1 readers came up.*Cannot listen on .*none\/0: No such file/s);
  });

  test("whose port is taken is an error", async () => {
    const other = createServer().listen(0, "0.0.0.0");
    await once(other, "listening");
    const { port } = other.address() as { port: number };
    try {
      const [device, library] = [`/dev/null:${port}`, join(directory, "vpcd.so")];
      await copyFile(VPCD, library);
      const entries = [{ friendlyName: "Taken", library, device, slots: 2 }];
      await expect(startPrivateDaemon({ directory, entries })).rejects.toThrow("0 of 2 readers");
    } finally {
      other.close();
    }
  });

  test("with a path too long for a socket is an error that tells the way out", async () => {
    const long = join(directory, "x".repeat(90));
    await mkdir(long);
    await expect(startPrivateDaemon({ directory: long, entries: [] }))
      .rejects.toMatchObject({ next: "Set TMPDIR to a directory with a shorter name." });
  });

  test("that does not hear SIGTERM is killed", async () => {
    const daemon = await startPrivateDaemon({ directory, entries: [] });
    process.kill(daemon.pid, "SIGSTOP");
    expect(await daemon.stop()).toEqual({ code: null, signal: "SIGKILL", unexpected: false });
  });

  test("has no USB drivers, so that real readers stay with the system's daemon", async () => {
    const daemon = await startPrivateDaemon({ directory, entries: [] });
    try {
      expect(await readdir(`/proc/${daemon.pid}/root/usr/lib/pcsc/drivers`)).toEqual([]);
    } finally {
      await daemon.stop();
    }
  });

  test("tells how it ended when nobody asked it to", async () => {
    const daemon = await startPrivateDaemon({ directory, entries: [] });
    process.kill(daemon.pid, "SIGABRT");
    expect(await daemon.ended).toEqual({ code: null, signal: "SIGABRT", unexpected: true });
  });

  test("runs beside others without touching them", async () => {
    const second = join(directory, "second");
    await mkdir(second);
    const [a, b] = await Promise.all(
      [directory, second].map((directory) => startPrivateDaemon({ directory, entries: [] })),
    );
    await a!.stop();
    expect(await b!.list()).toEqual([]);
    await b!.stop();
  });
});
