import {
  type BurnPolicy,
  type BurnRequest,
  createStation,
  decodeHex,
  encodeHex,
  HastyTime,
  planBurnAll,
  readSlots,
  type Refused,
  runPlan,
  Secret,
  systemTime,
  type TokenConnection,
} from "@otpsmith/core";
import {
  createVirtualToken,
  tokensUnderTest,
  type TokenUnderTest,
  type VirtualReportDevice,
} from "@otpsmith/simulator";
import { describe, expect, test } from "vitest";
import {
  SECURITY_KEYS,
  type SecurityKey,
} from "../../packages/conformance/testdata/security_keys.ts";
import { nitrokeyPro as nitrokeyGolden } from "../golden/nitrokey_pro.ts";

const OLD = Uint8Array.from({ length: 20 }, (_, i) => 0x40 + i);
const NEW = Uint8Array.from({ length: 20 }, (_, i) => 0xa0 + i);

interface Opened {
  readonly tokens: readonly TokenUnderTest[];
  readonly connections: readonly TokenConnection[];
  readonly close: () => Promise<void>;
}

/** So many tokens of that family, each with a seed in its first slot, all open. */
async function open({ tokens: options, driver }: SecurityKey, count = 1): Promise<Opened> {
  const made = await tokensUnderTest(options)({ count, seed: Secret.copyOf(OLD) });
  const station = createStation({
    transports: [made.transport],
    drivers: [driver],
    time: new HastyTime(), // nobody waits for a token that looks busy
  });
  const connections: TokenConnection[] = [];
  for (const endpoint of await station.endpoints()) {
    connections.push(await station.connect(endpoint));
  }
  return {
    tokens: made.tokens,
    connections,
    close: async () => {
      for (const connection of connections) await connection[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}

/** A wish that the token fulfils, but for what is changed. */
function wish({ token }: TokenConnection, changes: Partial<BurnRequest> = {}): BurnRequest {
  const { titleBytes, foundBy, first = 0 } = token.traits!.slots;
  return {
    seed: Secret.copyOf(NEW),
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    syncClock: true,
    ...(foundBy === "title" ? {} : { slot: first + 1 }),
    ...(titleBytes > 0 ? { title: "new" } : {}),
    ...changes,
  };
}

/** Reasons against it, found without a word to the token. */
async function refusalsOf(
  { tokens: [token], connections: [connection] }: Opened,
  changes: Partial<BurnRequest>,
  policy: Partial<BurnPolicy> = {},
): Promise<readonly Refused[]> {
  const request = wish(connection!, changes);
  const slots = await readSlots(connection!.token, [request]);
  const exchanges = token!.faults.exchanges;
  const plan = planBurnAll({
    token: connection!.token,
    requests: [request],
    slots,
    policy: { now: systemTime.now(), secretGiven: true, ...policy },
  });
  expect(token!.faults.exchanges).toBe(exchanges);
  return plan.ok ? [] : plan.refusals;
}

describe.each(SECURITY_KEYS)("$name", (key) => {
  test("what it cannot do is refused before anything is sent, with what to do", async () => {
    const bench = await open(key);
    const { token } = bench.connections[0]!;
    const { slots, seed, algorithms, touch } = token.traits!;
    const { first = 0, count, titleBytes, foundBy } = slots;
    const before = JSON.stringify(bench.tokens[0]!.truth());
    const byTitle = foundBy === "title";
    const odd = algorithms.includes("SHA512") ? undefined : "SHA512" as const;
    const cases: readonly (readonly [code: string, changes: Partial<BurnRequest>] | false)[] = [
      titleBytes > 0 && ["burn/title", { title: "é".repeat(titleBytes / 2 + 1) }],
      // Where a whole block fits, longer ones are folded to their digest, which gives the same codes.
      seed.maxBytes < 64 &&
      ["burn/seed-too-long", { seed: Secret.take(new Uint8Array(seed.maxBytes + 1).fill(1)) }],
      ["burn/seed-too-short", { seed: Secret.take(new Uint8Array(0)) }],
      odd !== undefined && ["burn/algorithm", { algorithm: odd }],
      ["burn/digits", { digits: 3 }],
      ["burn/period", { period: 7 }],
      !byTitle && ["burn/no-such-slot", { slot: first + count }],
      !byTitle && ["burn/no-such-slot", { slot: first - 1 }],
      !byTitle && ["burn/slot-occupied", { slot: first }],
      byTitle && ["burn/slot-occupied", { title: "delivered" }],
      touch !== true && ["burn/touch", { touch: true }],
      ["burn/other-token", { serial: "999" }],
    ];
    for (const one of cases) {
      if (!one) continue;
      const [code, changes] = one;
      const refused = await refusalsOf(bench, changes);
      // A title can be wrong in more than one way.
      expect([...new Set(refused.map((refusal) => refusal.code))], code).toEqual([code]);
      for (const { message, next } of refused) {
        expect(message.length, code).toBeGreaterThan(10);
        expect(next?.length, code).toBeGreaterThan(10);
        expect(`${message} ${next}`.toUpperCase()).not.toContain(encodeHex(NEW.subarray(0, 4)));
      }
    }
    if (token.access?.secret?.required) {
      const refused = await refusalsOf(bench, {}, { secretGiven: false });
      expect(refused.map(({ code }) => code)).toEqual(["burn/needs-secret"]);
    }
    expect(await refusalsOf(bench, {})).toEqual([]); // all else was right
    expect(JSON.stringify(bench.tokens[0]!.truth())).toBe(before);
    await bench.close();
  });

  test("another token in the place of the one that was planned for is not written", async () => {
    const bench = await open(key, 2);
    const [planned, other] = bench.connections as [TokenConnection, TokenConnection];
    const request = wish(planned);
    const slots = await readSlots(planned.token, [request]);
    const policy = { now: systemTime.now(), secretGiven: true };
    const plan = planBurnAll({ token: planned.token, requests: [request], slots, policy });
    if (!plan.ok) throw new Error("refused");
    const before = bench.tokens.map((token) => JSON.stringify(token.truth()));
    const { exchanges } = bench.tokens[1]!.faults;
    const outcome = await runPlan(other, plan, { secret: key.secret?.(), reopenWithinMs: 60 });
    expect(outcome).toMatchObject({ status: "stopped", error: { code: "link/absent" } });
    expect(outcome.message).toContain("nothing was lost");
    expect(outcome.error!.next).toContain(planned.token.identity.serial);
    expect(bench.tokens[1]!.faults.exchanges).toBe(exchanges);
    expect(bench.tokens.map((token) => JSON.stringify(token.truth()))).toEqual(before);
    await bench.close();
  });

  test("a full token is refused a further seed, and holds what it held", async () => {
    const bench = await open(key);
    const [connection] = bench.connections;
    const { token } = connection!;
    const { count, foundBy } = token.traits!.slots;
    const byTitle = foundBy === "title";
    const requests = Array.from(
      { length: count - 1 },
      (_, i) => wish(connection!, byTitle ? { title: `t${i}` } : { slot: "next" }),
    );
    const policy = { now: systemTime.now(), secretGiven: true };
    const fill = planBurnAll({ token, requests, slots: await readSlots(token, requests), policy });
    if (!fill.ok) throw new Error(fill.refusals.map(({ message }) => message).join());
    const time = new HastyTime();
    expect(await runPlan(connection!, fill, { secret: key.secret?.(), time })).toMatchObject({
      status: "done",
    });
    const before = JSON.stringify(bench.tokens[0]!.truth());
    const refused = await refusalsOf(bench, byTitle ? { title: "more" } : { slot: "next" });
    expect(refused.map(({ code }) => code)).toEqual(["burn/full"]);
    expect(refused[0]!.next!.length).toBeGreaterThan(10);
    expect(JSON.stringify(bench.tokens[0]!.truth())).toBe(before);
    await bench.close();
  }, 60_000);
});

/** What a virtual token answers to reports that no driver of ours sends. */
interface Nonsense {
  readonly what: string;
  readonly model: string;
  /** What is sent, in order; the answer to the last one counts. */
  readonly reports: readonly string[];
  /** How the answer begins; `stalls` where the report is refused, `silent` where nothing comes. */
  readonly says: string;
}

const nitrokey = (payload: string): string => {
  const report = new Uint8Array(64);
  report.set(decodeHex(payload));
  let crc = 0xffff_ffff; // STM32, words from the top: docs/protocols/nitrokey.md
  const view = new DataView(report.buffer);
  for (let at = 0; at < 60; at += 4) {
    crc = (crc ^ view.getUint32(at, true)) >>> 0;
    for (let bit = 0; bit < 32; bit++) {
      crc = (crc & 0x8000_0000 ? (crc << 1) ^ 0x04c1_1db7 : crc << 1) >>> 0;
    }
  }
  view.setUint32(60, crc, true);
  return encodeHex(report);
};
const text = (words: string): string => encodeHex(new TextEncoder().encode(words));
const onlykey = (message: string): string => `FFFFFFFF${message}`.padEnd(128, "0");
const fido = (packet: string): string => packet.padEnd(128, "0");
const INIT = fido("FFFFFFFF860008" + "01".repeat(8));

const NONSENSE: readonly Nonsense[] = [
  { what: "unknown command", model: "nitrokey:pro", reports: [nitrokey("7F")], says: "09" },
  {
    what: "wrong checksum",
    model: "nitrokey:pro",
    reports: [nitrokeyGolden.status.slice(0, -2) + "00"],
    says: "01",
  },
  { what: "wrong length", model: "nitrokey:pro", reports: ["0000"], says: "stalls" },
  { what: "slot out of range", model: "nitrokey:pro", reports: [nitrokey("022F")], says: "02" },
  { what: "empty slot", model: "nitrokey:pro", reports: [nitrokey("0220")], says: "03" },
  { what: "write before the PIN", model: "nitrokey:pro", reports: [nitrokey("01")], says: "05" },
  {
    what: "write with another temporary password",
    model: "nitrokey:pro",
    reports: [nitrokeyGolden.authenticate, nitrokey("01" + "55".repeat(25) + "20")],
    says: "05",
  },
  {
    what: "write without a name",
    model: "nitrokey:pro",
    reports: [nitrokeyGolden.authenticate, nitrokeyGolden.writeSlot],
    says: "07",
  },
  {
    what: "wrong PIN",
    model: "nitrokey:pro",
    reports: [nitrokey("07" + "31".repeat(25))],
    says: "04",
  },
  { what: "wrong length", model: "onlykey:onlykey", reports: ["FFFFFFFFE5"], says: "stalls" },
  { what: "no header", model: "onlykey:onlykey", reports: ["E5".padEnd(128, "0")], says: "silent" },
  { what: "unknown message", model: "onlykey:onlykey", reports: [onlykey("C0")], says: "silent" },
  {
    what: "slot out of range",
    model: "onlykey:onlykey",
    reports: [onlykey("E60D09AA")],
    says: text("Error invalid slot"),
  },
  {
    what: "unknown field",
    model: "onlykey:onlykey",
    reports: [onlykey("E60177AA")],
    says: text("Error invalid slot"),
  },
  {
    what: "locked",
    model: "onlykey:locked",
    reports: [onlykey("E60109AA")],
    says: text("Error device locked"),
  },
  {
    what: "not in configuration mode",
    model: "onlykey:in-use",
    reports: [onlykey("E60109AA")],
    says: text("Error not in config mode"),
  },
  { what: "wrong length", model: "oath:yubikey5", reports: ["00"], says: "stalls" },
  {
    what: "a frame with a wrong checksum",
    model: "oath:yubikey5",
    reports: ["0000000000000080", "0000000000030089"],
    says: "0005040300000000",
  },
  {
    what: "an unknown command",
    model: "oath:yubikey5",
    reports: ["0000000000000080", "0077AAC000000089"],
    says: "0005040300000000",
  },
  { what: "wrong length", model: "oath:nitrokey3", reports: ["00"], says: "stalls" },
  {
    what: "a channel that nobody opened",
    model: "oath:nitrokey3",
    reports: [fido("01020304F00004" + "00A10000")],
    says: "01020304BF00010B",
  },
  {
    what: "an unknown command",
    model: "oath:nitrokey3",
    reports: [INIT, fido("00000001C20000")],
    says: "00000001BF000101",
  },
  {
    what: "a packet out of order",
    model: "oath:nitrokey3",
    reports: [INIT, fido("00000001F00080"), fido("0000000105")],
    says: "00000001BF000104",
  },
  {
    what: "a message that is too long",
    model: "oath:nitrokey3",
    reports: [INIT, fido("00000001F0FFFF")],
    says: "00000001BF000103",
  },
  {
    what: "an unknown instruction",
    model: "oath:nitrokey3",
    reports: [INIT, fido("00000001F0000400EE0000")],
    says: "00000001F000026D00",
  },
  {
    what: "a command that is cut",
    model: "oath:nitrokey3",
    reports: [INIT, fido("00000001F0000300A100")],
    says: "00000001F000026700",
  },
];

async function tell(device: VirtualReportDevice, report: string): Promise<string> {
  const bytes = decodeHex(report);
  if (device.setFeature) {
    if (device.setFeature(bytes, 0) === false) return "stalls";
    await systemTime.sleep(1);
    for (let looks = 0; looks < 10; looks++) {
      const answer = encodeHex(device.getFeature!(0)!);
      // A Nitrokey Pro first says that it is busy; its status stands behind the checksum of the question.
      if (bytes.length === 64 && answer.startsWith("01")) continue;
      return bytes.length === 64 ? answer.slice(12) : answer;
    }
  }
  const said: string[] = [];
  const stop = device.onInput!((packet) => said.push(encodeHex(packet)));
  if (device.output!(bytes, 0) === false) return "stalls";
  await systemTime.sleep(1);
  stop();
  return said[0] ?? "silent";
}

test.each(NONSENSE)("$model: $what is answered with $says", async ({ model, reports, says }) => {
  const { reports: [device] } = createVirtualToken({ model });
  let said = "";
  for (const report of reports) said = await tell(device!, report);
  expect(said.slice(0, says.length)).toBe(says);
});
