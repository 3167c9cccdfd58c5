import { execFileSync, spawn } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, test } from "vitest";
import {
  BIN,
  type CliOptions,
  type CliRun,
  otpsmith,
  type SimulatorProcess,
  startSimulator,
} from "../cli_process.ts";

const URI = "otpauth://totp/Aliyun:alice?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Aliyun";
const SEED_HEX = "3132333435363738393031323334353637383930";
const YEARS = 3 * 365 * 86_400;

interface TokenSetup {
  readonly reader: string;
  readonly model?: string;
  readonly serial?: string;
  readonly [field: string]: unknown;
}

let folder: string;
let picture: string;
let simulator: SimulatorProcess | undefined;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), "otp-"));
  picture = join(folder, "qr.png");
  execFileSync("qrencode", ["-o", picture], { input: URI });
});
afterEach(async () => {
  await simulator?.stop();
  simulator = undefined;
  await rm(folder, { recursive: true, force: true });
});

/** Puts tokens on readers behind the real pcscd, in a process of their own. */
async function bench(...tokens: readonly TokenSetup[]): Promise<void> {
  const scenario = join(folder, "bench.json");
  const filled = tokens.map((token, i) => ({
    model: "token2-single:C302-i",
    state: `token${i}.json`,
    ...token,
  }));
  await writeFile(scenario, JSON.stringify({ schemaVersion: 1, tokens: filled }));
  simulator = await startSimulator(["--scenario", scenario]);
}

function run(args: readonly string[], options: CliOptions = {}): Promise<CliRun> {
  const env = {
    PCSCLITE_CSOCK_NAME: simulator!.socket,
    OTPSMITH_STATE_DIR: folder,
    ...options.env,
  };
  return otpsmith([...args, "--json"], { ...options, env });
}

/** Runs the command and does something as soon as it has said that something happens. */
function runUntil(
  args: readonly string[],
  event: RegExp,
  act: (kill: (signal: NodeJS.Signals) => void) => void,
): Promise<CliRun> {
  return run(args, {
    onStart: (child) => {
      let seen = "";
      let acted = false;
      child.stdout!.on("data", (text: string) => {
        seen += text;
        if (acted || !event.test(seen)) return;
        acted = true;
        act((signal) => child.kill(signal));
      });
    },
  });
}

/** What the token's storage holds. */
function stored(index = 0): { readonly seed: string | null } {
  const text = readFileSync(join(folder, `token${index}.json`), "utf8");
  const { stored } = JSON.parse(text) as { stored: { seed: string | null } };
  return stored;
}

function errorOf({ result }: CliRun): { code: string; message: string; next: string } {
  return result["error"] as { code: string; message: string; next: string };
}

describe("which token is meant", () => {
  test("two with the same serial number are a question for a person, until a reader is named", async () => {
    await bench({ reader: "Left", serial: "86596320000007" }, {
      reader: "Right",
      serial: "86596320000007",
    });
    const both = await run(["burn", picture, "--yes"]);
    expect(both.exit).toBe(4);
    expect(errorOf(both).code).toBe("needs-person/same-serial");
    expect([stored(0).seed, stored(1).seed]).toEqual([null, null]);
    const named = await run(["burn", picture, "--yes", "--reader", "right", "--code", "000000"]);
    expect(named.result).toMatchObject({ serial: "86596320000007" });
    expect([stored(0).seed, stored(1).seed?.toUpperCase()]).toEqual([null, SEED_HEX]);
  });

  test("of two, the one whose serial number is named is written, and devices lists both", async () => {
    await bench({ reader: "Left", serial: "86596320000007" }, {
      reader: "Right",
      serial: "86596320000008",
    });
    const { result } = await run(["devices"]);
    const readers = result["readers"] as { reader: string; token: { serial: string } }[];
    expect(readers.map(({ reader, token }) => [reader, token.serial])).toEqual([
      ["Left 00 00", "86596320000007"],
      ["Right 01 00", "86596320000008"],
    ]);
    expect(errorOf(await run(["info"])).code).toBe("needs-person/several-tokens");
    await run(["burn", picture, "--yes", "--serial", "86596320000008"]);
    expect([stored(0).seed, stored(1).seed?.toUpperCase()]).toEqual([null, SEED_HEX]);
    const none = await run(["burn", picture, "--yes", "--serial", "86596320000009"]);
    expect([none.exit, errorOf(none).code]).toEqual([4, "needs-person/other-token"]);
  });

  test("an unknown model is read and never written", async () => {
    await bench({ reader: "Desk", model: "token2-single:unknown", serial: "12345670000001" });
    expect((await run(["info"])).result).toMatchObject({
      ok: true,
      model: null,
      serial: "12345670000001",
    });
    const burned = await run(["burn", picture, "--yes"]);
    expect([burned.exit, errorOf(burned).code]).toEqual([3, "burn/unknown-model"]);
    expect(stored().seed).toBe(null);
  });

  test("a reader that does not exist is answered with those that do", async () => {
    await bench({ reader: "Desk" });
    const wrong = await run(["info", "--reader", "omnikey"]);
    expect(wrong.exit).toBe(3);
    expect(errorOf(wrong).message).toContain('"Desk 00 00"');
  });
});

describe("what a person has to do", () => {
  test("a token that went to sleep is to be switched on", async () => {
    await bench({ reader: "Desk", hands: { on: false } });
    const asleep = await run(["info"]);
    expect(asleep.exit).toBe(4);
    expect(errorOf(asleep).next).toMatch(/switch the token on/i);
    expect((await run(["doctor"])).exit).toBe(1);
  });

  test("nobody has agreed: nothing is written", async () => {
    await bench({ reader: "Desk" });
    const asked = await run(["burn", picture]);
    expect([asked.exit, errorOf(asked).code]).toEqual([4, "needs-person/consent"]);
    expect(stored().seed).toBe(null);
  });

  test("clocks that are years apart: refused until the computer's is confirmed", async () => {
    await bench({ reader: "Desk", clock: { offsetSeconds: -YEARS } });
    const refused = await run(["burn", picture, "--yes"]);
    expect([refused.exit, errorOf(refused).code]).toEqual([3, "burn/clocks-disagree"]);
    expect(errorOf(refused).next).toContain("--host-clock-checked");
    expect(stored().seed).toBe(null);
    const { result } = await run(["burn", picture, "--yes", "--host-clock-checked"]);
    expect(result["clock"]).toMatchObject({ synced: true });
    expect((await run(["info"])).result["driftSeconds"]).toBeGreaterThanOrEqual(-2);
  });

  test("a reader that vanishes while a token is waited for", async () => {
    await bench({ reader: "Desk", hands: { on: false } });
    const waiting = await runUntil(["info", "--wait", "60"], /"waiting"/, () => {
      process.kill(simulator!.daemonPid, "SIGKILL");
    });
    expect(waiting.exit).toBe(1);
    expect(errorOf(waiting).message).toContain("the reader was unplugged");
    await simulator!.stop().catch(() => undefined); // it reports that its daemon was killed
    simulator = undefined;
  });
});

describe("Ctrl-C", () => {
  const slow = { reader: "Desk", model: "token2-single:OTPC-P2-i", personality: { slowMs: 400 } };

  test("while a token is waited for", async () => {
    await bench({ reader: "Desk", hands: { on: false } });
    const stopped = await runUntil(["info", "--wait", "60"], /"waiting"/, (kill) => kill("SIGINT"));
    expect([stopped.exit, stopped.signal]).toEqual([3, null]);
    expect(errorOf(stopped).code).toBe("link/aborted");
  });

  test("before the first write: nothing is lost", async () => {
    await bench(slow);
    const stopped = await runUntil(
      ["burn", picture, "--yes"],
      /"authenticate","state":"begins"/,
      (kill) => kill("SIGINT"),
    );
    expect(stopped.exit).toBe(3);
    expect(stopped.result["outcome"]).toMatchObject({ status: "stopped", holds: ["old-seed"] });
    expect(stored().seed).toBe(null);
  });

  test("between the writes: the burn is finished, or the token would be empty", async () => {
    await bench(slow);
    const stopped = await runUntil(
      ["burn", picture, "--yes"],
      /"write-configuration","state":"begins"/,
      (kill) => kill("SIGINT"),
    );
    expect([stopped.exit, errorOf(stopped).code]).toEqual([4, "needs-person/code"]);
    expect(stored().seed?.toUpperCase()).toBe(SEED_HEX);
  });

  test("twice, with a second thought: stopped at once, and what the token may hold is named", async () => {
    await bench({ ...slow, personality: { slowMs: 2000 } });
    const stopped = await runUntil(
      ["burn", picture, "--yes"],
      /"write-configuration","state":"begins"/,
      (kill) => {
        kill("SIGINT");
        setTimeout(() => kill("SIGINT"), 1200);
      },
    );
    expect(stopped.exit).toBe(4);
    expect(stopped.result["outcome"]).toMatchObject({
      status: "needs-person",
      holds: ["old-seed", "no-seed"],
    });
  });

  test("in a burst, and a terminal that is closed: the burn is finished", async () => {
    await bench(slow);
    await runUntil(["burn", picture, "--yes"], /"write-configuration","state":"begins"/, (kill) => {
      for (const signal of ["SIGINT", "SIGINT", "SIGHUP", "SIGTERM"] as const) kill(signal);
    });
    expect(stored().seed?.toUpperCase()).toBe(SEED_HEX);
  });

  test("a reader of the output that goes away: the burn is finished", async () => {
    for (const lines of [1, 3, 5]) {
      await bench(slow);
      await new Promise<void>((resolve, reject) => {
        const shell = spawn("sh", [
          "-c",
          `"$0" "$1" burn "$2" --yes --json | head -${lines}`,
          process.execPath,
          BIN,
          picture,
        ], {
          env: {
            ...process.env,
            PCSCLITE_CSOCK_NAME: simulator!.socket,
            OTPSMITH_STATE_DIR: folder,
          },
          stdio: "ignore",
        });
        shell.on("error", reject);
        shell.on("close", () => resolve());
      });
      expect(await settled(), `head -${lines}`).toBe(SEED_HEX);
      await simulator!.stop();
      await rm(join(folder, "token0.json"));
    }
    simulator = undefined;
  });
});

/** The seed, once the burn that nobody listens to any longer has come to its end. */
async function settled(): Promise<string | undefined> {
  const journal = join(folder, "journal.ndjson");
  const ended = /"step":"burn","event":"(done|failed)"/;
  for (let tries = 0; tries < 100 && !ended.test(readFileSync(journal, "utf8")); tries++) {
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await rm(journal);
  return stored().seed?.toUpperCase();
}

describe("a token that lets us down", () => {
  test("torn out in the middle of the seed and never put back", async () => {
    await bench({
      reader: "Desk",
      model: "token2-single:OTPC-P2-i",
      faults: [{ kind: "lose-after", at: 5, returns: false }],
    });
    const torn = await run(["burn", picture, "--yes"]);
    expect(torn.exit).toBe(4);
    expect(torn.result["outcome"]).toMatchObject({ holds: ["no-seed", "new-seed"] });
    expect(errorOf(torn).message).toContain("The token holds no seed or the new seed");
  });

  test("torn out for a moment: found again, and the burn is done", async () => {
    await bench({ reader: "Desk", faults: [{ kind: "lose-after", at: 4 }] });
    const burned = await run(["burn", picture, "--yes"]);
    expect(errorOf(burned).code).toBe("needs-person/code");
    expect(stored().seed?.toUpperCase()).toBe(SEED_HEX);
  });

  test("one that never answers: given up, and the process ends by itself", async () => {
    await bench({ reader: "Desk", faults: [{ kind: "hang", at: 1 }] });
    const hung = await run(["info"]);
    expect([hung.exit, hung.signal]).toEqual([1, null]);
    expect(errorOf(hung).code).toMatch(/^link\/(timeout|lost)$/);
  });

  test.each(["61", "6C"])("behind a reader that shows its %sxx", async (reader) => {
    await bench({ reader: "Desk", personality: { reader } });
    await run(["burn", picture, "--yes"]);
    expect(stored().seed?.toUpperCase()).toBe(SEED_HEX);
  });

  test("held by another program", async () => {
    await bench({ reader: "Desk", personality: { slowMs: 3000 } });
    const [first, second] = await Promise.all([
      run(["info"]),
      new Promise<CliRun>((resolve) => setTimeout(() => resolve(run(["info"])), 1500)),
    ]);
    expect(first.exit).toBe(0);
    expect([second.exit, errorOf(second).code]).toEqual([1, "link/busy"]);
  });
});
