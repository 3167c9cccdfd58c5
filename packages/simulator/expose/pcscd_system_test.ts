import { readFileSync } from "node:fs";
import { systemTime } from "@otpsmith/core/time";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { exposeThroughPcscd, type Exposure } from "@otpsmith/simulator/expose";
import { echo, echoCard } from "./testdata/echo_card.ts";
import { buildPcscClient, type PcscClient } from "./testdata/pcsc_client.ts";

const NOT_TRANSACTED = "80100016";

let client: PcscClient;
beforeAll(async () => void (client = await buildPcscClient()));
afterAll(() => client.remove());

/** How long a process has computed, user and system time. The kernel counts in hundredths of a second. */
function cpuMilliseconds(pid: number): number {
  const [, fields = ""] = readFileSync(`/proc/${pid}/stat`, "utf8").split(") ");
  const [user = 0, system = 0] = fields.split(" ").slice(11, 13).map(Number);
  return (user + system) * 10;
}

describe("what only our own driver does", () => {
  let exposure: Exposure;
  afterEach(() => exposure.stop());

  test("a card torn out in mid-command is an error, like in a real reader", async () => {
    const card = echoCard();
    card.reply = () => new Promise(() => {});
    exposure = await exposeThroughPcscd({ readers: [{ card }] });
    const asked = card.asked();
    const answer = client.run(exposure.socket, "send", exposure.readers[0]!, "80410000");
    await asked;
    card.place(false);
    expect((await answer)[0]).toMatch(`${NOT_TRANSACTED} `);
    await client.run(exposure.socket, "wait", exposure.readers[0]!, "absent", "5000");
    card.reply = echo;
    card.place(true);
    expect(await client.run(exposure.socket, "wait", exposure.readers[0]!, "present", "5000"))
      .toContain("present");
    expect(await client.run(exposure.socket, "send", exposure.readers[0]!, "80410000"))
      .toEqual(["00000000 814201019000"]);
  });

  test("a silent card is given up after its time, and the next command finds it again", async () => {
    const card = echoCard();
    exposure = await exposeThroughPcscd({
      readers: [{ card }, { card: echoCard() }],
      cardTimeoutMs: 200,
    });
    const [silent, other] = exposure.readers;
    card.reply = () => new Promise(() => {});
    const before = performance.now();
    expect((await client.run(exposure.socket, "send", silent!, "80410000"))[0])
      .toMatch(`${NOT_TRANSACTED} `);
    expect(performance.now() - before).toBeGreaterThan(190);
    expect(await client.run(exposure.socket, "lengths", other!, "4", "8")).toEqual(["5 exchanges"]);
    card.reply = echo;
    await client.run(exposure.socket, "wait", silent!, "present", "5000");
    expect(await client.run(exposure.socket, "lengths", silent!, "4", "8"))
      .toEqual(["5 exchanges"]);
  });

  test("a card that fails to answer is reported and shown as torn out", async () => {
    const errors: unknown[] = [];
    const card = echoCard();
    const bug = new Error("bug in the model");
    card.reply = () => Promise.reject(bug);
    exposure = await exposeThroughPcscd({
      readers: [{ card }],
      onError: (error) => errors.push(error),
    });
    expect((await client.run(exposure.socket, "send", exposure.readers[0]!, "80410000"))[0])
      .toMatch(`${NOT_TRANSACTED} `);
    expect(errors).toEqual([bug]);
  });

  test("a daemon whose clients have gone has nothing to do", async () => {
    exposure = await exposeThroughPcscd({ readers: [{ card: echoCard() }, { card: echoCard() }] });
    for (const reader of exposure.readers) {
      await client.run(exposure.socket, "send", reader, "80410000");
    }
    const from = cpuMilliseconds(exposure.daemonPid);
    await systemTime.sleep(1000); // there is nothing to wait for: this is about nothing happening
    expect(cpuMilliseconds(exposure.daemonPid) - from).toBeLessThan(200);
  });

  test("what is too short to be a command never reaches the card", async () => {
    const card = echoCard();
    const sent: number[] = [];
    card.reply = (command) => {
      sent.push(command.length);
      return echo(command);
    };
    exposure = await exposeThroughPcscd({ readers: [{ card }] });
    const lines = await client.run(
      exposure.socket,
      "send",
      exposure.readers[0]!,
      ...["01", "8041", "804100", "80410000"],
    );
    expect(lines.map((line) => line.slice(0, 8)))
      .toEqual([NOT_TRANSACTED, NOT_TRANSACTED, NOT_TRANSACTED, "00000000"]);
    expect(sent).toEqual([4]);
  });

  test("long commands and answers pass whole", async () => {
    const card = echoCard();
    const seen: number[] = [];
    card.reply = (command) => {
      seen.push(command.length);
      return Promise.resolve(new Uint8Array(60_000).fill(0xab));
    };
    exposure = await exposeThroughPcscd({ readers: [{ card }] });
    const command = `804100000075${"30".repeat(30)}00ea60`.padEnd(4_000, "0");
    const [line] = await client.run(exposure.socket, "send", exposure.readers[0]!, command);
    expect(line).toBe(`00000000 ${"ab".repeat(60_000)}`);
    expect(seen).toEqual([2_000]);
  });

  test("a card swapped for another one in between is seen leaving", async () => {
    const card = echoCard();
    exposure = await exposeThroughPcscd({ readers: [{ card }] });
    const watch = client.watch(exposure.socket, exposure.readers[0]!);
    try {
      expect(await watch.next()).toBe("present");
      card.place(false);
      card.place(true);
      const next = await watch.next();
      // PC/SC tells states, not events: a program sees the gap, or only that the card was reset.
      if (next === "absent") expect(await watch.next()).toBe("present");
      expect(card.events.filter((event) => event === "on").length).toBeGreaterThan(1);
    } finally {
      await watch.stop();
    }
  });
});
