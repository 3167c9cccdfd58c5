import { describe, expect, test } from "vitest";
import fc from "fast-check";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { yubikeySlots as golden } from "../../../../tests/golden/yubikey_slots.ts";
import { say } from "../../testdata/host.ts";
import { createVirtualToken, type VirtualTokenOptions } from "../../virtual_token.ts";

const SELECT = "00A4040007A0000005272001";
const EMPTY = "000103003A" + "00".repeat(58);

function make(model = "yubikey5", options: VirtualTokenOptions = {}) {
  const time = new ManualTime(1_700_000_000_000);
  const token = createVirtualToken({ model: `oath:${model}`, time, ...options });
  const [keyboard] = token.reports;
  const hid = {
    send: (reports: readonly string[]) => {
      for (const report of reports) expect(keyboard!.setFeature!(decodeHex(report), 0)).toBe(true);
    },
    read: () => encodeHex(keyboard!.getFeature!(0)!),
    /** Reads once what was asked for is done. */
    settled: async (): Promise<string> => {
      for (;;) {
        const report = hid.read();
        if (!/[82]0$/.test(report)) return report;
        await new Promise((resolve) => setTimeout(resolve, 1));
      }
    },
  };
  return { ...token, time, hid, say: (command: string) => say(token.card, command) };
}

describe("over the card", () => {
  test("golden bytes are taken, and answered as they were measured", async () => {
    const { say } = make();
    expect(await say(SELECT)).toBe("0504030000009000");
    expect(await say(golden.challenge.apdu)).toBe("6A80"); // empty
    expect(await say(golden.write.apdu)).toBe("0504030102009000");
    expect(await say("0003000000")).toBe("0504030102009000");
    expect(await say(golden.challenge.apdu)).toBe(`${golden.challenge.answer}9000`);
    expect(await say("0001100000")).toBe("000000019000");
    expect(await say(EMPTY)).toBe("0504030000009000");
  });

  test("a wrong checksum, length or access code changes nothing", async () => {
    const coded = golden.write.apdu; // the code stands in front of the flags, and in the checksum
    const { say } = make();
    await say(SELECT);
    expect(await say(coded.replace("D828", "D829"))).toBe("0504030000009000");
    expect(await say("0001030039" + "00".repeat(57))).toBe("0504030000009000");
    const pico = make("pico-fido");
    await pico.say(SELECT);
    expect(await pico.say(coded.replace("D828", "D829"))).toBe("6982");
    const cano = make("canokey");
    expect(await cano.say(SELECT)).toBe("6A82");
  });

  test("HOTP slots are typed by touch and answer nothing; slots change places", async () => {
    const { say } = make();
    const [six] = golden.hotp;
    const record = "00".repeat(16) + six!.uid + golden.seed.slice(0, 32) + "00".repeat(6) +
      six!.tail;
    await say(SELECT);
    expect(await say(`000101003A${record}${"00".repeat(6)}`)).toBe("0504030105009000");
    expect(await say("00013000400000000000000001" + "00".repeat(56))).toBe("6A80");
    expect(await say(golden.write.apdu)).toBe("0504030207009000");
    expect(await say("0001060006000000000000")).toBe("050403030B009000");
  });
});

describe("over the keyboard", () => {
  test("golden reports are taken, and the answer comes in numbered parts", async () => {
    const { hid } = make();
    expect(hid.read()).toBe("0005040300000000");
    hid.send(golden.write.reports);
    expect(await hid.settled()).toBe("0005040301020000");
    hid.send(golden.challenge.reports);
    const whole = golden.challenge.checked;
    expect(await hid.settled()).toBe(`${whole.slice(0, 14)}40`);
    const parts = [hid.read(), hid.read(), hid.read(), hid.read()];
    expect(parts).toEqual([
      `${whole.slice(14, 28)}41`,
      `${whole.slice(28, 42)}42`,
      `${whole.slice(42).padEnd(14, "0")}43`,
      "0000000000000040",
    ]);
    hid.send(["00000000000000FF"]);
    expect(hid.read()).toBe("0005040301020000");
    hid.send(golden.serial.reports);
    expect(await hid.settled()).toMatch(/^00000001.{6}40$/);
    hid.send(["000000000000008F"]);
    hid.send(golden.empty.reports);
    expect(await hid.settled()).toBe("0005040300000000");
  });

  test("a wrong checksum changes nothing; parts that are left out are zeros", async () => {
    const { hid } = make();
    hid.send(
      golden.write.reports.map((report) => report.replace("0003955600000089", "0003955700000089")),
    );
    expect(await hid.settled()).toBe("0005040300000000");
  });

  test("it blinks while it waits for a touch, and can be told to stop", async () => {
    const { hid, say, hands } = make("yubikey5", { personality: { presser: { byHand: true } } });
    await say(SELECT);
    // The same record with the touch flag, and its checksum.
    await say(golden.write.apdu.replace("002440260000D828", "0024402E00001AEE"));
    hid.send(golden.challenge.reports);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    expect(hid.read().slice(-2)).toBe("20");
    hands.press();
    expect(await hid.settled()).toBe(`${golden.challenge.checked.slice(0, 14)}40`);
    hid.send(["00000000000000FF"]);
    hid.send(golden.challenge.reports);
    for (let i = 0; i < 10; i++) await Promise.resolve();
    hid.send(["00000000000000FF"]);
    expect(hid.read().slice(-2)).toBe("00");
  });

  test("any reports leave it alive", async () => {
    const { reports: [keyboard], hid } = make();
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.uint8Array({ maxLength: 9 }), { maxLength: 40 }),
        async (list) => {
          for (const report of list) keyboard!.setFeature!(report, 0);
          hid.send(["00000000000000FF"]);
          expect(await hid.settled()).toMatch(/^00050403.{6}00$/);
          expect(keyboard!.getFeature!(1)).toBeUndefined();
        },
      ),
      { numRuns: 100 },
    );
  });
});
