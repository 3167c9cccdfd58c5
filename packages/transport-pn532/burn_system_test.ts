// A whole burn through the real serialport, a real tty and a virtual PN532.
import { execFileSync } from "node:child_process";
import { afterEach, describe, expect, test } from "vitest";
import { planBurn, runPlan } from "@otpsmith/core/burn";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import type { ApduLink, Endpoint } from "@otpsmith/core/link";
import { Secret } from "@otpsmith/core/secret";
import { createStation } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import { createVirtualToken, type VirtualCard } from "@otpsmith/simulator";
import { exposeThroughPn532, type Pn532Exposure } from "@otpsmith/simulator/expose";
import { pn532 } from "@otpsmith/transport-pn532";

const SEED = Uint8Array.from({ length: 20 }, (_, i) => 0x31 + i);
const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString("hex");

const modules: Pn532Exposure[] = [];
afterEach(() => Promise.all(modules.splice(0).map((module) => module.stop())));

async function place(card: VirtualCard): Promise<Pn532Exposure> {
  const module = await exposeThroughPn532({ card });
  modules.push(module);
  return module;
}

async function open(card: VirtualCard): Promise<ApduLink> {
  const [endpoint] = await pn532({ ports: [(await place(card)).path] }).list();
  return await (endpoint as Endpoint<"apdu">).open();
}

/** What the time-based code is now and a step from now, by another program. */
function codes(seed: Uint8Array): string[] {
  const options = { input: `${hex(seed)}\n`, encoding: "utf8" } as const;
  return execFileSync("oathtool", ["--totp=sha1", "--window=1", "-"], options).trim().split("\n");
}

describe("a burn", () => {
  test.each([undefined, "61", "6C"] as const)("reader quirk %s", async (reader) => {
    const token = createVirtualToken({ model: "token2-single:C302-i", personality: { reader } });
    const module = await place(token.card);
    const trace: unknown[] = [];
    const station = createStation({
      transports: [pn532({ ports: [module.path] })],
      drivers: [token2Single()],
      trace: (event) => trace.push(event),
    });
    try {
      const [endpoint] = await station.endpoints();
      const connection = await station.connect(endpoint!);
      expect(connection.token.identity.serial).toBe(token.serial);
      const plan = planBurn({
        token: connection.token,
        request: {
          seed: Secret.copyOf(SEED),
          algorithm: "SHA1",
          digits: 6,
          period: 30,
          syncClock: true,
        },
        policy: { now: systemTime.now() },
      });
      if (!plan.ok) throw new Error(JSON.stringify(plan));
      const outcome = await runPlan(connection, plan);
      await connection[Symbol.asyncDispose]();
      expect(outcome).toMatchObject({ holds: ["new-seed"] });
      token.hands.powerCycle(); // its display takes a new seed up when it is switched on
      const before = codes(SEED); // a step may end between the two
      expect([...before, ...codes(SEED)]).toContain(token.display().code);
      expect(JSON.stringify(trace).length).toBeGreaterThan(100);
      expect(JSON.stringify(trace).toLowerCase()).not.toContain(hex(SEED).slice(0, 12));
    } finally {
      await station[Symbol.asyncDispose]();
    }
  });

  test("the module is unplugged in the middle: what the token holds is told as it is", async () => {
    const token = createVirtualToken({ model: "token2-single:C302-i" });
    const module = await place(token.card);
    const station = createStation({
      transports: [pn532({ ports: [module.path], pollMs: 20 })],
      drivers: [token2Single()],
    });
    try {
      const [endpoint] = await station.endpoints();
      const connection = await station.connect(endpoint!);
      const request = {
        seed: Secret.copyOf(SEED),
        algorithm: "SHA1",
        digits: 6,
        period: 30,
        syncClock: false,
      } as const;
      const plan = planBurn({
        token: connection.token,
        request,
        policy: { now: systemTime.now() },
      });
      if (!plan.ok) throw new Error(JSON.stringify(plan));
      let exchanges = 0;
      const process = token.card.process.bind(token.card);
      token.card.process = (command) => {
        if (++exchanges === 3) module.strike({ kind: "unplug", on: 0x40 });
        return process(command);
      };
      const outcome = await runPlan(connection, plan, { reopenWithinMs: 200 });
      await connection[Symbol.asyncDispose]();
      expect(outcome.status).not.toBe("done");
      expect(outcome.error).toMatchObject({ code: expect.stringMatching(/^link\//) });
      expect(outcome.next).toMatch(/\S/);
    } finally {
      await station[Symbol.asyncDispose]();
    }
  });
});

describe("more than one frame carries", () => {
  /** Answers what it was sent, and 9000; keeps the lengths. */
  function mirror(): { card: VirtualCard; lengths: number[] } {
    const lengths: number[] = [];
    const card: VirtualCard = {
      atr: Uint8Array.of(0x3b, 0x80, 0x80, 0x01, 0x01),
      present: true,
      power: () => {},
      process: (command) => {
        lengths.push(command.length);
        return Promise.resolve(Uint8Array.of(...command, 0x90, 0x00));
      },
      onPresence: () => () => {},
    };
    return { card, lengths };
  }

  test.each([4, 251, 252, 253, 260, 261, 262, 263, 523, 524, 525, 4_000])(
    "a command of %i bytes and its answer arrive whole and once",
    async (length) => {
      const { card, lengths } = mirror();
      const link = await open(card);
      const command = Uint8Array.from({ length }, (_, i) => i % 251);
      try {
        expect(await link.transceive(command)).toEqual(Uint8Array.of(...command, 0x90, 0x00));
        expect(lengths).toEqual([length]);
      } finally {
        await link[Symbol.asyncDispose]();
      }
    },
  );
});
