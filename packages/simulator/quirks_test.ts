import { expect, test } from "vitest";
import { systemTime } from "@otpsmith/core/time";
import { authenticate, say } from "./testdata/host.ts";
import { slowCard, t0Card } from "./quirks.ts";
import { createVirtualToken } from "./virtual_token.ts";

const INFO = "80410000020211";
const fresh = () => createVirtualToken({ model: "token2-single:C302-i", time: frozen });
const frozen = { ...systemTime, now: () => 1_700_000_000_000 };

test("61: data waits until it is fetched, once; the token runs the command once", async () => {
  const { card, faults } = fresh();
  const t0 = t0Card(card, "61");
  const whole = await say(card, INFO);
  const before = faults.exchanges;
  expect(await say(t0, INFO)).toBe("6118");
  expect(await say(t0, "00C0000018")).toBe(whole);
  expect(faults.exchanges).toBe(before + 1);
  expect(await say(t0, "00C0000018")).toBe("6700"); // nothing waits: the token itself is asked
  expect(await say(t0, INFO)).toBe("6118");
  t0.power("reset");
  expect(await say(t0, "00C0000018")).toBe("6700");
  expect(await say(t0, "8056000000")).toBe("6D00"); // no data, nothing to fetch
});

test("6C: the same command with the right Le, with and without data", async () => {
  const { card } = fresh();
  const t0 = t0Card(card, "6C");
  const whole = await say(card, INFO);
  expect(await say(t0, INFO)).toBe("6C18");
  expect(await say(t0, `${INFO}18`)).toBe(whole);
  expect(await say(t0, "8041000000")).toBe("6C18");
  expect(await say(t0, "8041000018")).toBe(whole);
  const challenge = await say(t0, "804B080000");
  expect(challenge).toBe("6C08");
  expect(await say(t0, "804B080008")).toMatch(/^.{16}9000$/); // not the token's own 6700
});

test("what was sent may be overwritten before it is sent again", async () => {
  const t0 = t0Card(fresh().card, "6C");
  const command = Buffer.from(INFO, "hex");
  await t0.process(command);
  command.fill(0);
  expect(await say(t0, `${INFO}18`)).toMatch(/9000$/);
});

test("a slow card takes its time for each answer", async () => {
  const sleeps: number[] = [];
  const time = { ...frozen, sleep: (ms: number) => (sleeps.push(ms), Promise.resolve()) };
  const slow = slowCard(fresh().card, { milliseconds: 10, time });
  expect(await authenticate(slow)).toBe("9000");
  expect(sleeps).toEqual([10, 10]);
});
