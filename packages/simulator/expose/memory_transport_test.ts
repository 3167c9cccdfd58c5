import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import type { ApduLink, Endpoint } from "@otpsmith/core/link";
import { ManualTime } from "@otpsmith/core/time";
import { authenticate, configCommand } from "../testdata/host.ts";
import { createVirtualToken, type VirtualToken } from "../virtual_token.ts";
import { memoryTransport } from "./memory_transport.ts";

const INFO = decodeHex("80410000020211");

function bench() {
  const time = new ManualTime(1_700_000_000_000);
  const token = createVirtualToken({ model: "token2-single:C302-i", time });
  const other = createVirtualToken({ model: "token2-single:C301-i", time });
  const transport = memoryTransport({
    readers: [{ name: "Desk", token }, { name: "Shelf", card: other.card }, { name: "Empty" }],
    time,
  });
  return { time, token, other, transport };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
const say = async (link: ApduLink, command: Uint8Array): Promise<string> =>
  encodeHex(await link.transceive(command));
const cards = (endpoints: readonly Endpoint[]): string =>
  endpoints.map(({ label, facts }) => `${label} ${facts.card}`).join(", ");

describe("list", () => {
  test("shows readers in order, with what lies on them, and opens nothing", async () => {
    const { transport, token } = bench();
    await authenticate(token.card);
    const endpoints = await transport.list();
    expect(cards(endpoints)).toBe("Desk present, Shelf present, Empty absent");
    expect(endpoints[0]?.facts).toEqual({
      reader: "Desk",
      card: "present",
      atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01),
      inUse: false,
    });
    expect(endpoints[2]?.facts.atr).toBeUndefined();
    expect(new Set(endpoints.map(({ id }) => id)).size).toBe(3);
    expect((await transport.list()).map(({ id }) => id)).toEqual(endpoints.map(({ id }) => id));
    // A card that had been opened or reset would have lost its session.
    expect(encodeHex(await token.card.process(decodeHex(configCommand({ seconds: 1 }))))).toBe(
      "9000",
    );
  });

  test("knows which are in use", async () => {
    const { transport } = bench();
    const [desk] = await transport.list();
    const link = await desk!.open();
    expect((await transport.list()).map(({ facts }) => facts.inUse)).toEqual([true, false, false]);
    await link[Symbol.asyncDispose]();
    expect((await transport.list())[0]?.facts.inUse).toBe(false);
  });
});

describe("open", () => {
  test("two tokens at once, each with its own answers", async () => {
    const { transport, token, other } = bench();
    const [desk, shelf] = await transport.list();
    const [a, b] = await Promise.all([desk!.open(), shelf!.open()]);
    const [fromA, fromB] = await Promise.all([say(a, INFO), say(b, INFO)]);
    const serial = (text: string): string => encodeHex(new TextEncoder().encode(text));
    expect(fromA).toContain(serial(token.serial));
    expect(fromB).toContain(serial(other.serial));
    expect([a.medium, a.limits]).toEqual(["simulated", { command: 261, response: 258 }]);
  });

  test("is exclusive unless shared is asked for", async () => {
    const { transport } = bench();
    const [desk] = await transport.list();
    const busy = { reason: "busy", delivery: "not-sent" };
    const link = await desk!.open();
    await expect(desk!.open()).rejects.toMatchObject(busy);
    await expect(desk!.open({ share: "shared" })).rejects.toMatchObject(busy);
    await link[Symbol.asyncDispose]();
    await link[Symbol.asyncDispose]();
    const shared = await Promise.all([
      desk!.open({ share: "shared" }),
      desk!.open({ share: "shared" }),
    ]);
    await expect(desk!.open()).rejects.toMatchObject(busy);
    for (const one of shared) await one[Symbol.asyncDispose]();
    await (await desk!.open())[Symbol.asyncDispose]();
  });

  test("begins and ends a session of the card; a shared one lasts until the last leaves", async () => {
    const { transport, token } = bench();
    const [desk] = await transport.list();
    const write = decodeHex(configCommand({ seconds: 1 }));
    await authenticate(token.card);
    const first = await desk!.open({ share: "shared" });
    expect(await say(first, write)).toBe("6983");
    await authenticate(token.card);
    const second = await desk!.open({ share: "shared" });
    expect(await say(second, write)).toBe("9000");
    await first[Symbol.asyncDispose]();
    expect(await say(second, write)).toBe("9000");
    await second[Symbol.asyncDispose]();
    expect(encodeHex(await token.card.process(write))).toBe("6983");
  });

  test("rejects where there is no token, no reader, or no wish any more", async () => {
    const { transport, token } = bench();
    const [desk, shelf, empty] = await transport.list();
    const absent = {
      reason: "absent",
      delivery: "not-sent",
      next: "Switch the token on and place it on the reader.",
    };
    await expect(empty!.open()).rejects.toMatchObject(absent);
    token.hands.switchOff();
    await expect(desk!.open()).rejects.toMatchObject(absent);
    transport.unplug("Shelf");
    await expect(shelf!.open()).rejects.toMatchObject({
      reason: "absent",
      message: 'Cannot open "Shelf": the reader was unplugged',
    });
    await expect(desk!.open({ signal: AbortSignal.abort() })).rejects.toMatchObject({
      reason: "aborted",
      delivery: "not-sent",
    });
  });
});

test("a link that was closed does not listen to its card any more", async () => {
  const time = new ManualTime(0);
  const token = createVirtualToken({ time, personality: { sleepy: true } });
  const [reader] = await memoryTransport({ readers: [{ name: "R", token }], time }).list();
  const link = await reader!.open();
  expect(time.sleeping).toBe(1); // a token that somebody listens to tells when it falls asleep
  await link[Symbol.asyncDispose]();
  expect(time.sleeping).toBe(0);
});

describe("a link is lost", () => {
  test.each(["takeAway", "switchOff", "unplug", "dispose"] as const)("by %s", async (how) => {
    const { transport, token } = bench();
    const [desk] = await transport.list();
    const link = await desk!.open();
    token.faults.schedule({ kind: "hang" });
    const answer = link.transceive(INFO).catch((error: unknown) => error);
    await turn();
    if (how === "unplug") transport.unplug("Desk");
    else if (how === "dispose") await transport[Symbol.asyncDispose]();
    else token.hands[how]();
    expect(await answer).toMatchObject({ reason: "lost", delivery: "unknown" });
    expect(link.closed.aborted).toBe(true);
    await expect(link.transceive(INFO)).rejects.toMatchObject({
      reason: "lost",
      delivery: "not-sent",
    });
  });

  test("and can be opened again when the token is back", async () => {
    const { transport, token } = bench();
    const [desk] = await transport.list();
    const link = await desk!.open();
    token.faults.schedule({ kind: "lose-after" });
    await expect(link.transceive(INFO)).rejects.toMatchObject({ reason: "lost" });
    await link[Symbol.asyncDispose]();
    expect(await say(await desk!.open(), INFO)).toMatch(/9000$/);
  });

  test("by a token that never answers: the reader gives up, resets it and is free again", async () => {
    const { transport, token, time } = bench();
    const [desk] = await transport.list();
    const link = await desk!.open();
    token.faults.schedule({ kind: "hang" });
    const answer = link.transceive(INFO).catch((error: unknown) => error);
    await turn();
    time.advance(5000);
    expect(await answer).toMatchObject({ reason: "timeout", delivery: "unknown" });
    await link[Symbol.asyncDispose]();
    const again = await desk!.open();
    expect(await say(again, INFO)).toMatch(/9000$/);
    await again[Symbol.asyncDispose]();
    expect(time.sleeping).toBe(0);
  });
});

describe("watch", () => {
  async function watching(transport: ReturnType<typeof bench>["transport"]) {
    const stop = new AbortController();
    const seen = transport.watch({ signal: stop.signal })[Symbol.asyncIterator]();
    const next = async (): Promise<string | undefined> => {
      const { value, done } = await seen.next() as IteratorResult<readonly Endpoint[]>;
      return done ? undefined : cards(value);
    };
    return { next, stop: () => stop.abort() };
  }

  test("gives a snapshot at once and one after each change", async () => {
    const { transport, token } = bench();
    transport.unplug("Shelf");
    const { next, stop } = await watching(transport);
    expect(await next()).toBe("Desk present, Empty absent");
    const changes: readonly [() => void, string][] = [
      [() => token.hands.takeAway(), "Desk absent, Empty absent"],
      [() => token.hands.place(), "Desk present, Empty absent"],
      [() => transport.unplug("Empty"), "Desk present"],
      [() => transport.plug({ name: "Late", token }), "Desk present, Late present"],
      [() => token.hands.switchOff(), "Desk absent, Late absent"],
    ];
    for (const [change, snapshot] of changes) {
      const coming = next();
      await turn();
      change();
      expect(await coming).toBe(snapshot);
    }
    const last = next();
    await turn();
    stop();
    expect(await last).toBeUndefined();
  });

  test("a slow consumer gets the newest and misses none", async () => {
    const { transport, token } = bench();
    const { next, stop } = await watching(transport);
    await next();
    token.hands.takeAway();
    transport.unplug("Empty");
    expect(await next()).toBe("Desk absent, Shelf present");
    stop();
    expect(await next()).toBeUndefined();
  });

  test("sees a sleepy token go, and leaves no timer behind", async () => {
    const time = new ManualTime(0);
    const token = createVirtualToken({ time, personality: { sleepy: true } });
    const { next, stop } = await watching(
      memoryTransport({ readers: [{ name: "R", token }], time }),
    );
    expect(await next()).toBe("R present");
    const coming = next();
    await turn();
    time.advance(30_000);
    expect(await coming).toBe("R absent");
    token.hands.switchOn();
    stop();
    await next();
    expect(time.sleeping).toBe(0);
  });

  test("ends with the transport; disposing twice is fine", async () => {
    const { transport } = bench();
    const { next } = await watching(transport);
    await next();
    const coming = next();
    await turn();
    await transport[Symbol.asyncDispose]();
    await transport[Symbol.asyncDispose]();
    expect(await coming).toBeUndefined();
    await expect(transport.list()).rejects.toMatchObject({
      reason: "absent",
      delivery: "not-sent",
    });
  });
});

test("no two readers have the same name", () => {
  const token: VirtualToken = createVirtualToken();
  const { transport } = bench();
  expect(() => transport.plug({ name: "Desk", token })).toThrow(RangeError);
  transport.unplug("Nobody");
});
