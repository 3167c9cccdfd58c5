import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { exposeThroughVpcd, type Exposure } from "@otpsmith/simulator/expose";
import { echo, echoCard } from "./testdata/echo_card.ts";
import { buildPcscClient, type PcscClient } from "./testdata/pcsc_client.ts";
import { until } from "./testdata/processes.ts";

/** What vpcd makes of a card that left in mid-command: success without data. */
const EMPTY_SUCCESS = "00000000 ";

let client: PcscClient;
beforeAll(async () => void (client = await buildPcscClient()));
afterAll(() => client.remove());

describe("vpcd's traps", () => {
  let exposure: Exposure;
  // stop() rejects if pcscd crashed, as it does when a connection closes within a frame's length.
  afterEach(() => exposure.stop());

  test("a card torn out in mid-command does not crash pcscd", async () => {
    const card = echoCard();
    exposure = await exposeThroughVpcd({ readers: [{ card }] });
    const [reader] = exposure.readers;
    for (let round = 0; round < 3; round++) {
      card.reply = () => new Promise(() => {});
      const asked = card.asked();
      const answer = client.run(exposure.socket, "send", reader!, "80410000");
      await asked;
      card.place(false);
      expect(await answer).toEqual([EMPTY_SUCCESS]);
      await client.run(exposure.socket, "wait", reader!, "absent", "5000");
      card.reply = echo;
      card.place(true);
      await client.run(exposure.socket, "wait", reader!, "present", "5000");
      expect(await client.run(exposure.socket, "lengths", reader!, "4", "8"))
        .toEqual(["5 exchanges"]);
    }
  });

  test("an answer too long for it is reported, and the next one passes", async () => {
    const errors: unknown[] = [];
    const card = echoCard();
    exposure = await exposeThroughVpcd({
      readers: [{ card }],
      onError: (error) => errors.push(error),
    });
    const [reader] = exposure.readers;
    card.reply = () => Promise.resolve(new Uint8Array(256));
    await client.run(exposure.socket, "send", reader!, "80410000");
    expect(errors).toEqual([expect.objectContaining({ name: "RangeError" })]);
    const longest = [EMPTY_SUCCESS + "00".repeat(255)];
    card.reply = () => Promise.resolve(new Uint8Array(255));
    // pcscd looks for cards every 400 ms: it takes a moment to notice that this one was away.
    await until("the longest answer passes", async () => {
      const answer = await client.run(exposure.socket, "send", reader!, "80410000");
      return answer.join() === longest.join();
    });
  });

  test("no command waits for a TCP acknowledgement", async () => {
    exposure = await exposeThroughVpcd({ readers: [{ card: echoCard() }] });
    const [median] = await client.run(exposure.socket, "bench", exposure.readers[0]!, "200", "7");
    // 40 ms of it without the early byte (delayed acknowledgement), under 1 ms with it.
    expect(Number(median)).toBeLessThan(20);
  });

  test("the restart of a daemon in mid-command leaves nothing behind", async () => {
    const card = echoCard();
    exposure = await exposeThroughVpcd({ readers: [{ card }] });
    card.reply = () => new Promise(() => {});
    const asked = card.asked();
    const answer = client.run(exposure.socket, "send", exposure.readers[0]!, "80410000");
    await asked;
    await exposure.restartDaemon();
    expect((await answer)[0]).not.toMatch(/^00000000 ../);
    card.reply = echo;
    expect(await client.run(exposure.socket, "lengths", exposure.readers[0]!, "4", "8"))
      .toEqual(["5 exchanges"]);
  });
});
