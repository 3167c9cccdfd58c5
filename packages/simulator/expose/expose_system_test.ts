import { existsSync } from "node:fs";
import { dirname } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import {
  type ExposeOptions,
  exposeThroughPcscd,
  exposeThroughVpcd,
  type Exposure,
} from "@otpsmith/simulator/expose";
import { echoCard } from "./testdata/echo_card.ts";
import { buildPcscClient, type PcscClient } from "./testdata/pcsc_client.ts";
import { isRunning, processesNaming, until } from "./testdata/processes.ts";

let client: PcscClient;
beforeAll(async () => void (client = await buildPcscClient()));
afterAll(() => client.remove());

const drivers = [
  // pcscd numbers the readers of one driver file, and every vpcd reader has a file of its own.
  { driver: "driver of our own", start: exposeThroughPcscd, second: "01" },
  { driver: "driver vpcd", start: exposeThroughVpcd, second: "00" },
];

describe.each(drivers)("cards behind the real pcscd through the $driver", ({ start, second }) => {
  let exposure: Exposure | undefined;
  const begin = async (options: ExposeOptions): Promise<Exposure> =>
    exposure = await start({
      onError: (error) => {
        throw error;
      },
      ...options,
    });
  // stop() rejects if a daemon ended on its own, such as by a crash: every test here checks that.
  afterEach(async () => {
    const running = exposure;
    exposure = undefined;
    await running?.stop();
  });

  test("commands of every length that a short APDU can have come and go unchanged", async () => {
    const { socket, readers } = await begin({ readers: [{ name: "Echo", card: echoCard() }] });
    expect(readers).toEqual(["Echo 00 00"]);
    expect(await client.run(socket, "lengths", readers[0]!, "4", "261")).toEqual(["258 exchanges"]);
  });

  test("readers have the names that PC/SC programs list, and each has its own card", async () => {
    const cards = [echoCard(1), echoCard(2), echoCard(3)];
    cards.forEach((card, i) => card.reply = () => Promise.resolve(Uint8Array.of(i, 0x90, 0x00)));
    const { socket, readers } = await begin({
      readers: [
        { name: "OMNIKEY 5427 CK", card: cards[0] },
        { card: cards[1] },
        { name: "OMNIKEY 5427 CK", card: cards[2] },
      ],
    });
    expect(readers).toEqual([
      "OMNIKEY 5427 CK 00 00",
      `otpsmith Virtual Reader ${second} 00`,
      "OMNIKEY 5427 CK 00 01",
    ]);
    expect(await client.list(socket)).toEqual(expect.arrayContaining([...readers]));
    for (const [i, reader] of readers.entries()) {
      expect(await client.run(socket, "send", reader, "80410000"))
        .toEqual([`00000000 0${i}9000`]);
    }
  });

  test("sixteen readers work at the same time", async () => {
    const readers = Array.from({ length: 16 }, (_, i) => ({ card: echoCard(i) }));
    const started = await begin({ readers });
    expect(new Set(await client.list(started.socket))).toEqual(new Set(started.readers));
    const answers = await Promise.all(
      started.readers.map((reader) => client.run(started.socket, "lengths", reader, "4", "40")),
    );
    expect(answers).toEqual(answers.map(() => ["37 exchanges"]));
  });

  test("a card that comes and goes is seen coming and going", async () => {
    const card = echoCard();
    card.place(false);
    const { socket, readers } = await begin({ readers: [{ card }] });
    const watch = client.watch(socket, readers[0]!);
    try {
      const seen = [await watch.next()];
      for (const present of [true, false, true, false]) {
        card.place(present);
        seen.push(await watch.next());
      }
      expect(seen).toEqual(["absent", "present", "absent", "present", "absent"]);
      expect(card.events).toContain("on");
      await until("the card is off", () => card.events.at(-1) === "off");
    } finally {
      await watch.stop();
    }
  });

  test("after a restart of the daemon the same socket has the same readers and cards", async () => {
    const started = await begin({ readers: [{ card: echoCard() }, { name: "Empty" }] });
    const [before, pid] = [started.readers, started.daemonPid];
    await started.restartDaemon();
    expect(started.daemonPid).not.toBe(pid);
    expect(started.readers).toEqual(before);
    expect(await client.run(started.socket, "send", before[0]!, "80410000"))
      .toEqual(["00000000 814201019000"]);
  });

  test("a killed daemon stays away until it is restarted, and is no failure", async () => {
    const started = await begin({ readers: [{ card: echoCard() }] });
    await started.killDaemon("SIGKILL");
    expect(await client.list(started.socket)).toEqual(["context 8010001d"]); // SCARD_E_NO_SERVICE
    await started.restartDaemon();
    expect(await client.list(started.socket)).toEqual(expect.arrayContaining([...started.readers]));
  });

  test("a daemon that ends on its own is a failure with the signal in it", async () => {
    const started = await start({ readers: [{ card: echoCard() }] });
    process.kill(started.daemonPid, "SIGSEGV");
    const failure = await started.failed;
    expect(failure.message).toContain("SIGSEGV");
    expect(failure.code).toBe("link/lost");
    await expect(started.stop()).rejects.toBe(failure);
    expect(existsSync(dirname(dirname(started.socket)))).toBe(false);
  });

  test("stop leaves no process and no file", async () => {
    const started = await start({ readers: [{ card: echoCard() }] });
    const directory = dirname(dirname(started.socket));
    expect(processesNaming(directory)).not.toEqual([]); // the search does find them
    await started.stop();
    expect(existsSync(directory)).toBe(false);
    expect(processesNaming(directory)).toEqual([]);
    expect(isRunning(started.daemonPid)).toBe(false);
  });

  test("too many readers and names that reader.conf cannot carry are refused, leaving nothing", async () => {
    const many = Array.from({ length: 17 }, (_, i) => ({ name: `Reader ${i}` }));
    await expect(start({ readers: many })).rejects.toThrow("room for 16 slots");
    await expect(start({ readers: [{ name: 'a "b"' }] })).rejects.toThrow("quotation marks");
    await expect(start({ readers: [{ name: "x".repeat(122) }] })).rejects.toThrow("121 bytes");
  });

  test("a start that is given up rejects with the reason", async () => {
    const reason = new Error("enough");
    await expect(start({ readers: [{}], signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
  });
});
