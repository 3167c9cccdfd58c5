import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { ykoath } from "../../../../tests/golden/ykoath.ts";
import { memoryFlash } from "../../parts/flash.ts";
import { repeatingRandom } from "../../parts/random.ts";
import { say } from "../../testdata/host.ts";
import { createVirtualToken, type VirtualTokenOptions } from "../../virtual_token.ts";
import { SECURITY_KEY_MODELS } from "./models.ts";

const NOW = 1_700_000_000;
const SELECT = ykoath.selectOath;
const hex = (text: string): string => encodeHex(new TextEncoder().encode(text));
const byte = (value: number): string => value.toString(16).padStart(2, "0").toUpperCase();
const tlv = (tag: string, value: string): string => tag + byte(value.length / 2) + value;
const apdu = (header: string, data: string): string => header + byte(data.length / 2) + data;

function make(model: string, options: VirtualTokenOptions = {}) {
  const time = new ManualTime(NOW * 1000);
  const storage = memoryFlash();
  const token = createVirtualToken({ model: `oath:${model}`, time, storage, ...options });
  return { ...token, time, storage, say: (command: string) => say(token.card, command) };
}

/** A put of a name with the usual settings. */
const put = (name: string, key = `2106${ykoath.seed}`, rest = ""): string =>
  apdu("00010000", tlv("71", hex(name)) + tlv("73", key) + rest);
const calculate = (name: string, p2 = "01"): string =>
  apdu(`00A200${p2}`, tlv("71", hex(name)) + "74080000000000000001");
const setCode = ykoath.setCode.apdu;

describe("golden bytes", () => {
  test("entries are taken, and the codes are the known ones", async () => {
    const { say } = make("yubikey5");
    expect(await say(SELECT)).toMatch(/^79030504037108.{16}9000$/);
    for (const { apdu } of ykoath.put) expect(await say(apdu)).toBe("9000");
    const { calculate, calculateHotp } = ykoath;
    expect(await say(calculate.apdu)).toBe(`${calculate.answer}9000`);
    expect(await say(`${calculate.apdu}00`)).toBe(`${calculate.answer}9000`); // with Le
    expect(await say(calculate.fullApdu)).toBe(`${calculate.fullAnswer}9000`);
    expect(await say(calculateHotp.apdu)).toMatch(/^760506.{8}9000$/);
    expect(await say(ykoath.rename.apdu)).toBe("9000");
    expect(await say(calculateHotp.apdu)).toBe("6984");
    expect(await say(ykoath.delete.apdu)).toBe("9000");
    expect(await say(ykoath.delete.apdu)).toBe("6984");
    const names = ["60/Acme:alice", "Hot2:bobby"];
    expect(await say(ykoath.list)).toBe(
      tlv("72", `22${hex(names[0]!)}`) + tlv("72", `11${hex(names[1]!)}`) + "9000",
    );
    expect(await say(ykoath.reset)).toBe("9000");
    expect(await say(ykoath.list)).toBe("9000");
  });

  test.each(ykoath.passwords)("password $password", async ({ id, key, challenge, answer }) => {
    const random = repeatingRandom(decodeHex(id + challenge));
    const { say } = make("yubikey5", { random });
    await say(SELECT);
    const own = "0001020304050607";
    const proof = (await hmac(key, own)).slice(0, 40);
    expect(await say(apdu("00030000", `731121${key}7408${own}7514${proof}`))).toBe("9000");
    expect(await say(SELECT)).toBe(`79030504037108${id}7408${challenge}7B01019000`);
    expect(await say(ykoath.list)).toBe("6982");
    expect(await say(`00A30000207514${answer}74081122334455667788`)).toMatch(/^7514.{40}9000$/);
    expect(await say(ykoath.list)).toBe("9000");
  });

  test("the answer to a set password is checked", async () => {
    const { say } = make("yubikey5");
    await say(SELECT);
    expect(await say(setCode.slice(0, -2) + "00")).toBe("6984");
    expect(await say(ykoath.list)).toBe("9000");
    expect(await say(setCode)).toBe("9000");
  });
});

async function hmac(key: string, message: string): Promise<string> {
  const { createHmac } = await import("node:crypto");
  return createHmac("sha1", decodeHex(key)).update(decodeHex(message)).digest("hex").toUpperCase();
}

describe("where makers differ", () => {
  const all = SECURITY_KEY_MODELS.map(({ name }) => name);
  const answers = async (command: (model: string) => readonly string[]): Promise<object> => {
    const said: Record<string, string> = {};
    for (const name of all) {
      const { say } = make(name);
      await say(SELECT);
      for (const one of command(name)) said[name] = await say(one);
    }
    return said;
  };
  const but = (usual: string, others: Record<string, string>): object => ({
    ...Object.fromEntries(all.map((name) => [name, usual])),
    ...others,
  });

  test("an entry of a name that is there", async () => {
    expect(await answers(() => [put("a"), put("a")]))
      .toEqual(but("9000", { canokey: "6985", nitrokey3: "6985" }));
  });

  test("reset", async () => {
    expect(await answers(() => [ykoath.reset])).toEqual(but("9000", { canokey: "6D00" }));
    expect(await answers(() => ["0004000000"])).toEqual(but("6A86", { canokey: "6D00" }));
  });

  test("a wrong password, and the session after one was set", async () => {
    const wrong = `00A30000207514${"00".repeat(20)}74081122334455667788`;
    expect(await answers(() => [setCode, SELECT, wrong])).toEqual(
      but("6984", { canokey: "6A80", nitrokey3: "6D00" }),
    );
    expect(await answers(() => [setCode, ykoath.list])).toEqual(but("9000", { canokey: "6982" }));
  });

  test("digits, hash functions, touch, names", async () => {
    expect(await answers(() => [put("a", `2105${ykoath.seed}`)]))
      .toEqual(but("6A80", { canokey: "9000" }));
    expect(await answers(() => [put("a", `210A${ykoath.seed}`)]))
      .toEqual(but("6A80", { "pico-fido": "9000" }));
    expect(await answers(() => [put("a", `2306${ykoath.seed}`)]))
      .toEqual(but("9000", { "yubikey-neo": "6A80", "nitrokey3": "6A80" }));
    expect(await answers(() => [put("a", undefined, "7802")]))
      .toEqual(but("9000", { "yubikey-neo": "6A80" }));
    expect(await answers(() => [put("n".repeat(65))]))
      .toEqual(but("6A80", { "pico-fido": "9000", "nitrokey3": "9000" }));
    expect(await answers(() => [put("n".repeat(64))])).toEqual(but("9000", {}));
    expect(await answers(() => [put("a"), apdu("00050000", "710161710162")]))
      .toEqual(but("9000", { "yubikey4": "6D00", "yubikey-neo": "6D00", "nitrokey3": "6D00" }));
  });

  test("the first count", async () => {
    const hot = put("h", `1106${ykoath.seed}`);
    const ask = apdu("00A20001", "7101687400");
    const first = await answers(() => [hot, ask]);
    const second = await answers(() => [hot, ask, ask]);
    expect(first).toEqual(but("7605064C93CF189000", { canokey: "76050641397EEA9000" }));
    expect(second).toEqual(but("76050641397EEA9000", { canokey: "760506082FEF309000" }));
  });

  test("full memory", async () => {
    for (const { name, entries } of SECURITY_KEY_MODELS) {
      const { say } = make(name);
      await say(SELECT);
      for (let i = 0; i < entries; i++) expect(await say(put(`entry ${i}`))).toBe("9000");
      expect(await say(put("one too many")), name).toBe("6A84");
    }
  });

  test("answers that go on", async () => {
    for (const { name, more } of SECURITY_KEY_MODELS) {
      const { say } = make(name);
      await say(SELECT);
      for (let i = 0; i < 12; i++) await say(put(`${i}`.padStart(60, "x")));
      const parts = [await say(ykoath.list)];
      while (!parts.at(-1)!.endsWith("9000")) parts.push(await say("00A5000000"));
      const left = byte(12 * 63 - 2 * 255);
      const words = parts.map((part) => part.slice(-4));
      expect(words).toEqual(["61FF", more === "FF" ? "61FF" : `61${left}`, "9000"]);
      const whole = parts.map((part) => part.slice(0, -4)).join("");
      expect(whole.match(/723D21/g)).toHaveLength(12);
    }
  });
});

describe("checks", () => {
  test("wrong lengths, classes, instructions, parameters", async () => {
    const { say } = make("yubikey5");
    expect(await say("00A1000000")).toBe("6D00"); // nothing is selected
    expect(await say("00A4040007A0000005272102")).toBe("6A82");
    await say(SELECT);
    for (const short of ["", "00", "00A100", "00010000FF71", "0001000000FF"]) {
      expect(await say(short), short).toBe("6700");
    }
    expect(await say("80A1000000")).toBe("6E00");
    expect(await say("00B1000000")).toBe("6D00");
    expect(await say(apdu("00A20002", "71016174080000000000000001"))).toBe("6B00");
    for (const bad of ["7105", "710161", "71016173022106", "7100731621" + "06" + ykoath.seed]) {
      expect(await say(apdu("00010000", bad)), bad).toBe("6A80");
    }
    expect(await say(put("a", `3106${ykoath.seed}`))).toBe("6A80");
    expect(await say(put("a", undefined, "7A020001"))).toBe("6A80");
    expect(await say(put("a", undefined, "7804"))).toBe("6A80");
    expect(await say(apdu("00050000", "710161"))).toBe("6A80");
  });

  test("a touch that comes late, or never", async () => {
    for (
      const [presser, answer] of [
        [{}, /9000$/],
        [{ afterMs: 3000 }, /9000$/],
        [{ never: true }, /^6985$/],
      ] as const
    ) {
      const { say, time } = make("yubikey5", { personality: { presser } });
      await say(SELECT);
      await say(put("t", undefined, "7802"));
      expect(await say("00A400010A74080000000000000001")).toBe("7101747C01069000");
      const asked = say(calculate("t"));
      for (let i = 0; i < 20; i++) await Promise.resolve();
      time.advance(3000);
      time.advance(12_000);
      expect(await asked).toMatch(answer);
    }
  });

  test("challenges that must rise", async () => {
    const { say } = make("yubikey5");
    await say(SELECT);
    await say(put("r", undefined, "7801"));
    const at = (step: string) => say(apdu("00A20001", `7101727408${step.padStart(16, "0")}`));
    expect(await at("05")).toMatch(/9000$/);
    expect(await at("04")).toBe("6985");
    expect(await at("06")).toMatch(/9000$/);
  });

  test("field and power end the session; entries and password stay", async () => {
    const { say, card, hands } = make("yubikey5");
    await say(SELECT);
    await say(put("a"));
    await say(setCode);
    expect(await say(ykoath.list)).toBe("72022161" + "9000");
    for (
      const lose of [() => card.power("off"), () => card.power("reset"), () => hands.powerCycle()]
    ) {
      lose();
      expect(await say(ykoath.list)).toBe("6D00");
      expect(await say(SELECT)).toMatch(/7B01019000$/);
      expect(await say(ykoath.list)).toBe("6982");
    }
  });

  test("a torn put leaves no entry, or the new one; a torn reset keeps the password", async () => {
    for (const steps of [0, 1, 2]) {
      const { say, faults, hands } = make("yubikey5");
      await say(SELECT);
      await say(put("a"));
      faults.schedule({ kind: "torn-write", steps });
      await expect(say(put("a", `2108${ykoath.seed}`))).rejects.toThrow("lost power");
      hands.switchOn();
      await say(SELECT);
      const answer = await say(calculate("a"));
      expect(answer).toMatch([/^760506/, /^6984$/, /^760508/][steps]!);
    }
  });

  test("the management application tells the serial number", async () => {
    const { say } = make("yubikey5", { serial: "12345678" });
    expect(await say("00A4040008A000000527471117")).toMatch(/9000$/);
    expect(await say("001D000000")).toBe(
      "19010200210204" + "00BC614E" + "0302002104010105030504030A01009000",
    );
    const cano = make("canokey");
    expect(await cano.say("00A4040008A000000527471117")).toBe("6A82");
    const neo = make("yubikey-neo");
    await neo.say("00A4040008A000000527471117");
    expect(await neo.say("001D000000")).toBe("6D00");
  });
});

test("any bytes get an answer of 2 to 258 bytes", async () => {
  const tags = fc.array(
    fc.tuple(fc.constantFrom(0x71, 0x73, 0x74, 0x75, 0x78, 0x7a), fc.uint8Array({ maxLength: 30 }))
      .map(([tag, value]) => [tag, value.length, ...value]),
    { maxLength: 4 },
  );
  const command = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.constantFrom(1, 2, 3, 4, 5, 0xa1, 0xa2, 0xa3, 0xa4, 0xa5), tags).map((
      [ins, list],
    ) => {
      const data = list.flat().slice(0, 255);
      return Uint8Array.of(0, ins, 0, 0, data.length, ...data);
    }),
  );
  const { card, say } = make("canokey");
  await fc.assert(
    fc.asyncProperty(command, async (bytes) => {
      await say(SELECT);
      const answer = await card.process(bytes);
      expect(answer.length).toBeGreaterThanOrEqual(2);
      expect(answer.length).toBeLessThanOrEqual(258);
    }),
    { numRuns: 500 },
  );
});
