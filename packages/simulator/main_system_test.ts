import {
  type ChildProcessWithoutNullStreams,
  execFileSync,
  spawn,
  spawnSync,
} from "node:child_process";
import { once } from "node:events";
import { chmodSync, existsSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from "vitest";
import { buildPcscClient, type PcscClient } from "./expose/testdata/pcsc_client.ts";
import { isRunning, processesNaming, until } from "./expose/testdata/processes.ts";

const BIN = fileURLToPath(new URL("./bin/simulator.cjs", import.meta.url));
const READ_INFO = "80410000020211";

interface Ready {
  readonly socket: string;
  readonly daemonPid: number;
  readonly readers: { name: string; token?: { model: string; serial: string } }[];
}

let client: PcscClient;
let directory: string;
const running: ChildProcessWithoutNullStreams[] = [];

beforeAll(async () => {
  const packageFolder = fileURLToPath(new URL(".", import.meta.url));
  // The program runs what is compiled: compile it, so that this never tests something old.
  execFileSync("npx", ["tsc", "-b", packageFolder], { cwd: packageFolder, stdio: "inherit" });
  client = await buildPcscClient();
});
afterAll(() => client.remove());
beforeEach(() => void (directory = mkdtempSync(join(tmpdir(), "sim-"))));
afterEach(async () => {
  for (const child of running.splice(0)) {
    if (child.exitCode === null && child.signalCode === null) {
      child.kill("SIGKILL");
      await once(child, "exit");
    }
  }
  rmSync(directory, { recursive: true });
});

interface Started {
  readonly child: ChildProcessWithoutNullStreams;
  readonly ready: Ready;
  /** The last line, once it has ended. */
  end(signal?: NodeJS.Signals): Promise<{ code: number | null; last: string }>;
}

async function start(
  args: readonly string[],
  { command = [process.execPath, BIN], uid }: { command?: string[]; uid?: number } = {},
): Promise<Started> {
  const [program, ...before] = command;
  const child = spawn(program!, [...before, ...args, "--json"], {
    ...(uid === undefined ? {} : { uid, gid: uid }),
    // A home and a cache of its own: the driver is built anew, as on a fresh computer.
    env: { PATH: process.env["PATH"], HOME: directory, TMPDIR: directory },
  });
  running.push(child);
  let errors = "";
  child.stderr.setEncoding("utf8").on("data", (text: string) => errors += text);
  const lines: string[] = [];
  const reader = createInterface(child.stdout);
  const first = once(reader, "line");
  reader.on("line", (line) => lines.push(line));
  const closed = once(child, "close");
  await Promise.race([first, closed]);
  const ready = JSON.parse(lines[0] ?? `{"event":${JSON.stringify(errors)}}`);
  expect(ready).toMatchObject({ event: "ready", schema: 1 });
  return {
    child,
    ready,
    async end(signal) {
      // Not child.kill(): on Deno that is how it ended, whatever it did.
      if (signal) process.kill(child.pid!, signal);
      const [code] = await closed as [number | null];
      return { code, last: lines.at(-1) ?? "" };
    },
  };
}

function expectNothingLeft({ socket, daemonPid }: Ready): void {
  expect(existsSync(dirname(dirname(socket)))).toBe(false);
  expect(processesNaming(dirname(dirname(socket)))).toEqual([]);
  expect(isRunning(daemonPid)).toBe(false);
}

describe("the simulator as a program", () => {
  test.each(["pcscd", "vpcd"])(
    "shows tokens through %s until it is told to end",
    async (driver) => {
      const { ready, end } = await start([
        ...["--token", "token2-single:C302-i", "--reader", "OMNIKEY 5427 CK"],
        ...["--token", "token2-single:C302-i", "--reader", "Second"],
        ...["--expose", driver],
      ]);
      expect(ready.readers).toMatchObject([
        { name: "OMNIKEY 5427 CK 00 00", token: { model: "token2-single:C302-i" } },
        {
          name: expect.stringMatching(/^Second 0[01] 00$/),
          token: { model: "token2-single:C302-i" },
        },
      ]);
      for (const { name, token } of ready.readers) {
        const [line] = await client.run(ready.socket, "send", name, READ_INFO);
        expect(line).toMatch(/^00000000 .*9000$/);
        expect(line).toContain(Buffer.from(token!.serial).toString("hex"));
      }
      expect(await end("SIGTERM"))
        .toEqual({ code: 0, last: '{"event":"result","schema":1,"ok":true}' });
      expectNothingLeft(ready);
    },
  );

  test("keeps a token's state in its file and ends on Ctrl-C", async () => {
    const state = ["--state", join(directory, "token.json")];
    const first = await start(["--token", "token2-single:C301-i", ...state]);
    await first.end("SIGINT");
    const second = await start(state);
    expect(second.ready.readers).toEqual(first.ready.readers);
    await second.end("SIGINT");
  });

  test("shows the bench that a scenario file describes", async () => {
    const scenario = join(directory, "bench.json");
    writeFileSync(
      scenario,
      JSON.stringify({
        schemaVersion: 1,
        readers: ["Desk", "Empty"],
        tokens: [{ model: "token2-single:C302-i", reader: "Desk" }],
      }),
    );
    const { ready, end } = await start(["--scenario", scenario]);
    expect(ready.readers.map(({ name, token }) => [name, token?.model])).toEqual([
      ["Desk 00 00", "token2-single:C302-i"],
      ["Empty 01 00", undefined],
    ]);
    await end("SIGTERM");
  });

  test.each(["pcscd", "vpcd"])(
    "that is killed leaves no daemon and no file (%s)",
    async (driver) => {
      const { ready, end } = await start(["--expose", driver]);
      await end("SIGKILL");
      await until("everything is gone", () => {
        try {
          expectNothingLeft(ready);
          return true;
        } catch {
          return false;
        }
      });
    },
  );

  test("whose daemon crashes says so and ends with 1", async () => {
    const { ready, end, child } = await start([]);
    process.kill(ready.daemonPid, "SIGSEGV");
    await once(child, "exit");
    const { code, last } = await end();
    expect(code).toBe(1);
    expect(JSON.parse(last)).toMatchObject({
      event: "result",
      ok: false,
      code: "link/lost",
      message: expect.stringContaining("SIGSEGV"),
    });
    expectNothingLeft(ready);
  });

  test("works for an ordinary user", async ({ skip }) => {
    skip(
      process.getuid!() !== 0,
      "only root can become somebody else; all tests ran as one already",
    );
    chmodSync(directory, 0o777);
    const { ready, end } = await start([], { uid: 65534 });
    const { name } = ready.readers[0]!;
    expect((await client.run(ready.socket, "send", name, READ_INFO))[0]).toMatch(
      /^00000000 .*9000$/,
    );
    expect((await end("SIGTERM")).code).toBe(0);
    expectNothingLeft(ready);
  });

  describe("where namespaces are forbidden", () => {
    const forbid = (prepare: string): string[] => [
      ...["unshare", "--user", "--map-root-user", "--mount", "sh", "-c"],
      `mount -t tmpfs none /run && ${prepare} &&
       echo 0 > /proc/sys/user/max_user_namespaces && echo 0 > /proc/sys/user/max_mnt_namespaces &&
       exec "$0" "$@"`,
      ...[process.execPath, BIN],
    ];

    test("hands the daemon its socket if /run/pcscd exists", async () => {
      const { ready, end } = await start([], { command: forbid("mkdir /run/pcscd") });
      const { name } = ready.readers[0]!;
      expect((await client.run(ready.socket, "send", name, READ_INFO))[0])
        .toMatch(/^00000000 .*9000$/);
      expect((await end("SIGTERM")).code).toBe(0);
      expectNothingLeft(ready);
    });

    test("names the command that makes /run/pcscd if it is missing", () => {
      const [program, ...args] = forbid("true");
      const child = spawnSync(program!, [...args, "--expose", "vpcd"], { encoding: "utf8" });
      expect(child.stderr).toBe(
        "Cannot start a private pcscd: this system forbids user namespaces and has no /run/pcscd\n" +
          "Run: sudo install -d -m 755 /run/pcscd\n",
      );
      expect(child.status).toBe(1);
    });
  });
});
