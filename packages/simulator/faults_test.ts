import { describe, expect, test } from "vitest";
import { decodeHex } from "@otpsmith/core/bytes";
import { Secret } from "@otpsmith/core/secret";
import { ManualTime } from "@otpsmith/core/time";
import { type Fault, type FaultKind } from "./faults.ts";
import { clockSeconds } from "./parts/clock.ts";
import { memoryFlash } from "./parts/flash.ts";
import { authenticate, configCommand, say, seedCommand, seedHex } from "./testdata/host.ts";
import { createVirtualToken } from "./virtual_token.ts";

const NOW = 1_700_000_000;
const OLD = "0102030405060708090A0B0C0D0E0F1011121314";
const NEW = "3132333435363738393031323334353637383930";
const WRITE = seedCommand(decodeHex(NEW));
const INFO = "80410000020211";

/** A token with the old seed that has been authenticated with: two exchanges so far. */
async function ready(model = "token2-single:C302-i") {
  const storage = memoryFlash();
  const time = new ManualTime(NOW * 1000);
  const seed = Secret.copyOf(decodeHex(OLD));
  const token = createVirtualToken({ model, storage, time, seed });
  expect(await authenticate(token.card)).toBe("9000");
  expect(token.faults.exchanges).toBe(2);
  const heard: boolean[] = [];
  token.card.onPresence((present) => heard.push(present));
  const held = (): unknown => seedHex(storage.read()?.stored);
  return { ...token, time, storage, heard, held };
}

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe("lost", () => {
  test.each([["lose-before", OLD], ["lose-after", NEW]] as const)("%s", async (kind, seed) => {
    const { card, faults, held, heard } = await ready();
    faults.schedule({ kind, at: 3 });
    await expect(say(card, WRITE)).rejects.toMatchObject({ reason: "lost", delivery: "unknown" });
    expect(held()).toBe(seed);
    expect([card.present, ...heard]).toEqual([true, false, true]); // gone and back at once
    expect(await say(card, WRITE)).toBe("6983"); // without its session
    expect(faults.struck).toEqual([{ kind, at: 3 }]);
  });

  test("for good, until it is put back", async () => {
    const { card, faults, hands } = await ready();
    faults.schedule({ kind: "lose-after", returns: false });
    await expect(say(card, WRITE)).rejects.toMatchObject({ reason: "lost" });
    expect(card.present).toBe(false);
    await expect(say(card, INFO)).rejects.toMatchObject({ reason: "lost" });
    hands.place();
    expect(await say(card, INFO)).toMatch(/9000$/);
  });
});

test("garble: data is inverted, the status word only where it stands alone", async () => {
  const { card, faults, held } = await ready();
  const honest = await card.process(decodeHex(INFO));
  faults.schedule({ kind: "garble" });
  const garbled = await card.process(decodeHex(INFO));
  expect(garbled).toEqual(honest.map((byte, i) => i < honest.length - 2 ? byte ^ 0xff : byte));
  faults.schedule({ kind: "garble" });
  expect(await say(card, WRITE)).toBe("6FFF");
  expect(held()).toBe(NEW); // it was carried out
  faults.schedule({ kind: "garble", answer: Uint8Array.of(0x90, 0x00) });
  expect(await say(card, INFO)).toBe("9000");
});

test("refuse: not carried out", async () => {
  const { card, faults, held } = await ready();
  faults.schedule({ kind: "refuse", status: 0x6581 });
  expect(await say(card, WRITE)).toBe("6581");
  expect(held()).toBe(OLD);
  faults.schedule({ kind: "refuse" });
  expect(await say(card, WRITE)).toBe("6F00");
  expect(await say(card, WRITE)).toBe("9000");
});

describe("hang", () => {
  test("until released, then it is carried out", async () => {
    const { card, faults, held } = await ready();
    faults.schedule({ kind: "hang" });
    const answer = say(card, WRITE);
    await turn();
    expect(held()).toBe(OLD);
    faults.release();
    expect(await answer).toBe("9000");
    expect(held()).toBe(NEW);
  });

  test.each(["taken away", "switched off", "reset"])(
    "a token that is %s never sees it",
    async (how) => {
      const { card, faults, hands, held } = await ready();
      faults.schedule({ kind: "hang" });
      const answer = say(card, WRITE).catch((error: unknown) => error);
      await turn();
      if (how === "taken away") hands.takeAway();
      else if (how === "switched off") hands.powerCycle();
      else card.power("reset");
      expect(await answer).toMatchObject({ reason: "lost", delivery: "unknown" });
      faults.release();
      await turn();
      expect(held()).toBe(OLD);
    },
  );
});

test("delay: by the token's time source, unless it is interrupted", async () => {
  const { card, faults, time, held } = await ready();
  faults.schedule({ kind: "delay", milliseconds: 700 });
  const answer = say(card, WRITE);
  await turn();
  expect(held()).toBe(OLD);
  time.advance(700);
  expect(await answer).toBe("9000");
  faults.schedule({ kind: "delay", milliseconds: 700 });
  const second = say(card, INFO).catch((error: unknown) => error);
  await turn();
  card.power("off");
  expect(await second).toMatchObject({ reason: "lost" });
  expect(time.sleeping).toBe(0);
});

describe("torn write", () => {
  const torn = async (command: string, options: { steps?: number; model?: string }) => {
    const token = await ready(options.model);
    token.faults.schedule({ kind: "torn-write", steps: options.steps });
    await expect(say(token.card, command)).rejects.toMatchObject({ reason: "lost" });
    expect([token.card.present, token.hands.on, token.hands.placed]).toEqual([false, false, true]);
    token.hands.switchOn();
    expect(token.card.present).toBe(true);
    return token;
  };
  const clock = ({ storage, time }: Awaited<ReturnType<typeof torn>>): number =>
    clockSeconds(storage.read()!.clock, time.now());

  test.each([[0, OLD], [1, null], [2, NEW]] as const)(
    "of a seed after %i steps",
    async (steps, seed) => {
      const { held } = await torn(WRITE, { steps });
      expect(held()).toBe(seed);
    },
  );

  test("of a configuration: the clock is set first, the record comes second", async () => {
    const config = configCommand({ seconds: 1000, period: 60 });
    const model = "token2-single:C301-i";
    const before = await torn(config, { steps: 0, model });
    expect([clock(before), before.held()]).toEqual([NOW, OLD]);
    const between = await torn(config, { steps: 1, model });
    expect([clock(between), between.held()]).toEqual([1000, OLD]);
    expect(between.storage.read()?.stored.period).toBe(30);
    const after = await torn(config, { steps: 2, model });
    expect([clock(after), after.held(), after.storage.read()?.stored.period])
      .toEqual([1000, null, 60]);
  });

  test("a command that writes nothing cannot be torn, and does not keep the fault", async () => {
    const { card, faults, held } = await ready();
    faults.schedule({ kind: "torn-write" });
    expect(await say(card, INFO)).toMatch(/9000$/);
    expect(await say(card, WRITE)).toBe("9000");
    expect(held()).toBe(NEW);
  });
});

describe("when they strike", () => {
  test("by number, by command, or next; each once", async () => {
    const { card, faults } = await ready();
    const plan: readonly Fault[] = [
      { kind: "refuse", status: 0x6a01, at: 4 },
      { kind: "refuse", status: 0x6a02, when: (command) => command[1] === 0x41 },
      { kind: "refuse", status: 0x6a03 },
    ];
    for (const fault of plan) faults.schedule(fault);
    const answers = [];
    for (let i = 0; i < 4; i++) answers.push((await say(card, INFO)).slice(-4));
    expect(answers).toEqual(["6A02", "6A01", "6A03", "9000"]);
    expect(faults.struck).toEqual([plan[1], plan[0], plan[2]]);
    expect(faults.exchanges).toBe(6);
  });

  test("not after they were cleared", async () => {
    const { card, faults } = await ready();
    faults.schedule({ kind: "refuse" });
    faults.clear();
    expect(await say(card, INFO)).toMatch(/9000$/);
  });

  test("whatever happens in mid-write, the token holds the old seed, the new one or none", async () => {
    const faults: { readonly [K in FaultKind]: Extract<Fault, { kind: K }> } = {
      "lose-before": { kind: "lose-before" },
      "lose-after": { kind: "lose-after" },
      "garble": { kind: "garble" },
      "refuse": { kind: "refuse" },
      "hang": { kind: "hang" },
      "torn-write": { kind: "torn-write", steps: 1 },
      "delay": { kind: "delay", milliseconds: 5 },
    };
    for (const fault of Object.values(faults)) {
      const token = await ready();
      token.faults.schedule(fault);
      const answer = say(token.card, WRITE).catch(() => "lost");
      await turn();
      token.card.power("reset");
      await answer;
      expect([OLD, NEW, null]).toContain(token.held());
    }
  });
});
