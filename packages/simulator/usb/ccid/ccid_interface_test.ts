import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { type EchoCard, echoCard } from "../../expose/testdata/echo_card.ts";
import { CcidHost } from "../testdata/ccid_host.ts";
import { createCcidReader } from "./create_ccid_reader.ts";
import { CCID_PROFILES, type CcidProfileName } from "./profiles.ts";

const [POWER_ON, POWER_OFF, STATUS, TRANSFER] = [0x62, 0x63, 0x65, 0x6f];
const [GET_PARAMETERS, RESET_PARAMETERS, SET_PARAMETERS] = [0x6c, 0x6d, 0x61];
const ECHO_OF_SELECT = "01A50501019000";

function reader(
  options: Parameters<typeof createCcidReader>[0] & { readonly card?: EchoCard } = {},
) {
  const { card = echoCard(), ...rest } = options;
  const made = createCcidReader({ cards: [card], time: new ManualTime(0), ...rest });
  return { ...made, card, host: new CcidHost(made.device) };
}

describe("power", () => {
  test("on, status, off", async () => {
    const { host, card } = reader();
    expect(await host.ask(STATUS)).toBe("010001");
    expect(await host.ask(POWER_ON)).toBe(`000000${encodeHex(card.atr)}`);
    expect(await host.ask(STATUS)).toBe("000000");
    expect(await host.ask(POWER_ON)).toBe(`000000${encodeHex(card.atr)}`);
    expect(await host.ask(POWER_OFF)).toBe("010001");
    expect(card.events).toEqual(["on", "reset", "off"]);
  });

  test("without a card", async () => {
    const { host, card } = reader();
    card.place(false);
    expect(await host.ask(STATUS)).toBe("020001");
    expect(await host.ask(POWER_ON)).toBe("42FE00");
    expect(await host.ask(TRANSFER, "00A4040000")).toBe("42FE00");
  });

  test("a card that left comes back without power", async () => {
    const { host, card } = reader();
    await host.ask(POWER_ON);
    card.place(false);
    card.place(true);
    expect(await host.ask(STATUS)).toBe("010001");
    expect(await host.ask(TRANSFER, "00A4040000")).toBe("41FE00");
  });

  test.each(
    [
      ["Token2 Molto2", "00", "410700"], // no automatic voltage
      ["Token2 Molto2", "02", "410700"], // 5 V only
      ["Nitrokey Pro", "02", "000000"],
      ["Nitrokey Pro", "01", "410700"], // 3 V only
      ["OMNIKEY 5427 CK", "04", "410700"],
    ] as const,
  )("%s takes voltage %s with %s", async (profile, voltage, status) => {
    const { host, card } = reader({ profile });
    const atr = status === "000000" ? encodeHex(card.atr) : "";
    expect(await host.ask(POWER_ON, "", { specific: `${voltage}0000` })).toBe(status + atr);
  });
});

test("parameters: told, set for a protocol that it has, reset", async () => {
  const { host } = reader({ profile: "Token2 Molto2" });
  expect(await host.ask(GET_PARAMETERS)).toBe("41FE00");
  await host.ask(POWER_ON, "", { specific: "010000" });
  expect(await host.ask(GET_PARAMETERS)).toBe("0000001100000A00");
  const t1 = "1110004D00FE00";
  expect(await host.ask(SET_PARAMETERS, t1, { specific: "010000" })).toBe(`000001${t1}`);
  expect(await host.ask(GET_PARAMETERS)).toBe(`000001${t1}`);
  expect(await host.ask(SET_PARAMETERS, t1, { specific: "000000" })).toBe("400100"); // 5 bytes for T=0
  expect(await host.ask(SET_PARAMETERS, t1, { specific: "020000" })).toBe("400700");
  expect(await host.ask(RESET_PARAMETERS)).toBe("0000001100000A00");
});

describe("APDU levels", () => {
  test("a short APDU, and one that is too long for it", async () => {
    const { host } = reader({ profile: "ACR122U" });
    await host.ask(POWER_ON, "", { specific: "010000" });
    expect(await host.ask(TRANSFER, "00A4040000")).toBe(`000000${ECHO_OF_SELECT}`);
    expect(await host.ask(TRANSFER, "00A404")).toBe("400100");
    expect(await host.ask(TRANSFER, "00".repeat(262))).toBe("400100"); // more than the message allows
    expect(await host.ask(TRANSFER, "00A4040000", { specific: "000100" })).toBe("400800");
  });

  test("a long APDU in parts, and its answer in parts", async () => {
    const { host, card } = reader({ answerPart: 100 });
    await host.ask(POWER_ON);
    const command = "00D60000000190" + "AB".repeat(400);
    const parts = command.match(/.{1,400}/g)!;
    expect(await host.ask(TRANSFER, parts[0], { specific: "000100" })).toBe("000010");
    for (const part of parts.slice(1, -1)) {
      expect(await host.ask(TRANSFER, part, { specific: "000300" })).toBe("000010");
    }
    const heard = card.asked();
    const first = await host.ask(TRANSFER, parts.at(-1), { specific: "000200" });
    expect(encodeHex(await heard)).toBe(command);
    const second = await host.ask(TRANSFER, "", { specific: "001000" });
    const third = await host.ask(TRANSFER, "", { specific: "001000" });
    expect([first, second, third].map((part) => part.slice(0, 6))).toEqual([
      "000001",
      "000003",
      "000002",
    ]);
    const answer = [first, second, third].map((part) => part.slice(6)).join("");
    expect(answer).toMatch(/^01D7010101029\dA?[0-9A-F]*9000$/);
    expect(answer).toHaveLength(2 * 255);
    expect(await host.ask(TRANSFER, "", { specific: "001000" })).toBe("400800"); // nothing is left
  });

  test.each(["000300", "000200", "000400"])("parts that do not fit: %s", async (specific) => {
    const { host } = reader();
    await host.ask(POWER_ON);
    expect(await host.ask(TRANSFER, "00A4040000", { specific })).toBe("400800");
    expect(await host.ask(TRANSFER, "00A4040000")).toBe(`000000${ECHO_OF_SELECT}`);
  });
});

test("a message in several transfers, one that lies, one that is cut", async () => {
  const { host } = reader();
  await host.ask(POWER_ON);
  const long = host.message(TRANSFER, "00D6000000" + "AB".repeat(100));
  await host.write(long.subarray(0, 64));
  await host.write(long.subarray(64));
  expect((await host.read()).slice(14, 20)).toBe("000000");
  const lying = host.message(TRANSFER, "00A4040000");
  lying[4] = 0xff; // 4 GiB
  await host.write(lying);
  expect((await host.read()).slice(14)).toBe("400100");
  await host.write(host.message(TRANSFER, "00A4040000").subarray(0, 12));
  expect((await host.read()).slice(14)).toBe("400100");
  await host.write(Uint8Array.of(0x65, 0, 0)); // not even a header: nothing comes
  expect(await host.ask(STATUS)).toBe("000000");
});

test("a slot that is not there, a message that is not known, an escape", async () => {
  const { host } = reader();
  expect(await host.ask(STATUS, "", { slot: 1 })).toBe("420500");
  expect(await host.ask(0x99)).toBe("410000");
  expect(await host.ask(0x6b, "FF")).toBe("410000");
  const open = reader({ escape: ([first]) => first === 1 ? Uint8Array.of(7) : undefined });
  expect(await open.host.ask(0x6b, "01")).toBe("01000007");
  expect(await open.host.ask(0x6b, "02")).toBe("410000");
});

describe("time", () => {
  test("a slow card: the reader asks for more time, again and again", async () => {
    const time = new ManualTime(0);
    const { host, card } = reader({ time, extendEveryMs: 500 });
    await host.ask(POWER_ON);
    let answer = (_: Uint8Array): void => {};
    card.reply = () => new Promise((resolve) => answer = resolve);
    const first = host.ask(TRANSFER, "00A4040000");
    time.advance(500);
    expect(await first).toBe("800100");
    time.advance(500);
    expect((await host.read()).slice(14)).toBe("800100");
    expect(await host.ask(STATUS)).toBe("40E000"); // one command at a time
    answer(Uint8Array.of(0x90, 0));
    expect((await host.read()).slice(14)).toBe("0000009000");
  });

  test("an abort needs both of its halves", async () => {
    const { device, host, faults } = reader();
    await host.ask(POWER_ON);
    faults.schedule({ kind: "extend", on: TRANSFER });
    await host.write(host.message(TRANSFER, "00A4040000"));
    const abort = host.message(0x72);
    const [, , , , , slot, sequence] = abort as unknown as number[];
    const setup = {
      requestType: 0x21,
      request: 1,
      value: sequence! << 8 | slot!,
      index: 0,
      length: 0,
    };
    expect((await device.control(setup).result).status).toBe("done");
    expect(await host.ask(STATUS)).toBe("40FF00");
    await host.write(abort);
    expect((await host.read()).slice(12)).toBe(`${encodeHex(Uint8Array.of(sequence!))}000000`);
    expect(await host.ask(TRANSFER, "00A4040000")).toBe(`000000${ECHO_OF_SELECT}`);
  });
});

describe("slot changes", () => {
  test("through the interrupt endpoint", async () => {
    const { device, card } = reader();
    const next = async () => encodeHex((await device.in(0x83, 8).result).data);
    expect(await next()).toBe("5003"); // there when it was plugged in
    const change = next();
    card.place(false);
    expect(await change).toBe("5002");
    card.place(true);
    expect(await next()).toBe("5003");
  });

  test("two interfaces with a card each", async () => {
    const [first, second] = [echoCard(1), echoCard(2)];
    const { device, interfaces } = createCcidReader({
      profile: "OMNIKEY 5422",
      cards: [first, second],
    });
    expect(interfaces).toHaveLength(2);
    device.out(0x05, Uint8Array.of(POWER_ON, 0, 0, 0, 0, 0, 9, 0, 0, 0));
    const { data } = await device.in(0x84, 600).result;
    expect(encodeHex(data.subarray(10))).toBe(encodeHex(second.atr));
  });

  test("several slots in one interface", async () => {
    const [only] = CCID_PROFILES["OMNIKEY 5427 CK"].interfaces;
    const profile = {
      ...CCID_PROFILES["OMNIKEY 5427 CK"],
      interfaces: [{ ...only!, class: { ...only!.class, slots: 3 } }],
    };
    const card = echoCard();
    const { device } = createCcidReader({ profile, cards: [undefined, undefined, card] });
    const host = new CcidHost(device);
    expect(await host.ask(STATUS, "", { slot: 0 })).toBe("020001");
    expect(await host.ask(POWER_ON, "", { slot: 2 })).toBe(`000000${encodeHex(card.atr)}`);
    expect(encodeHex((await device.in(0x83, 8).result).data)).toBe("5030");
  });
});

describe("faults", () => {
  const honest = `8007000000000100000${"0"}${ECHO_OF_SELECT}`;
  test.each(
    [
      [{ kind: "wrong-sequence", again: true }, honest.replace("0000000001", "0000000002"), honest],
      [{ kind: "wrong-slot" }, honest.replace("000000000100", "000000010100"), "pending"],
      [{ kind: "wrong-type", type: 0x82 }, honest.replace("80", "82"), "pending"],
      [{ kind: "short", bytes: 3 }, honest.slice(0, 6), "pending"],
      [{ kind: "lying-length" }, honest.replace("8007000000", "80FFFFFFFF"), "pending"],
      [{ kind: "empty" }, "", honest],
      [{ kind: "corrupt" }, `${honest.slice(0, -2)}FF`, "pending"],
      [{ kind: "mute" }, "pending", "pending"],
      [{ kind: "stall" }, "stall", "stall"],
      [{ kind: "busy" }, "8000000000000140E000", "pending"],
      [{ kind: "fail", error: 0xfb }, "8000000000000140FB00", "pending"],
      [{ kind: "extend", times: 2 }, "80000000000001800100", "80000000000001800100"],
      [{ kind: "remove" }, "gone", "gone"],
      [{ kind: "remove", moment: "after" }, "gone", "gone"],
      [{ kind: "remove", moment: "half" }, "gone", "gone"],
    ] as const,
  )("%j", async (fault, first, second) => {
    const { device, host, faults } = reader();
    await host.ask(POWER_ON);
    faults.schedule({ ...fault, at: 2 });
    await host.write(host.message(TRANSFER, "00A4040000"));
    await settle();
    const read = async (): Promise<string> => {
      const transfer = device.in(0x81, 512);
      await settle();
      transfer.abort();
      const { status, data } = await transfer.result;
      return status === "aborted" ? "pending" : status === "done" ? encodeHex(data) : status;
    };
    expect([await read(), await read()]).toEqual([first, second]);
    expect(faults.struck).toHaveLength(1);
  });

  test("a stall lasts until the host clears it", async () => {
    const { device, host, faults } = reader();
    faults.schedule({ kind: "stall" });
    expect(await host.ask(POWER_ON)).toBe("");
    const clear = { requestType: 0x02, request: 1, value: 0, index: 0x81, length: 0 };
    expect((await device.control(clear).result).status).toBe("done");
    expect(await host.ask(STATUS)).toBe("010001");
  });
});

test("no bytes bring a reader down, and it works again after a reset", async () => {
  const profiles = Object.keys(CCID_PROFILES) as CcidProfileName[];
  const message = fc.oneof(
    fc.uint8Array({ maxLength: 300 }),
    fc.tuple(fc.constantFrom(0x61, 0x62, 0x63, 0x65, 0x6b, 0x6c, 0x6d, 0x6f, 0x72), fc.uint8Array())
      .map(([type, rest]) => Uint8Array.of(type, rest.length, 0, 0, 0, 0, 1, 0, 0, 0, ...rest)),
  );
  await fc.assert(
    fc.asyncProperty(
      fc.constantFrom(...profiles),
      fc.array(message, { maxLength: 12 }),
      async (profile, messages) => {
        const { device, card } = reader({ profile });
        const before = CCID_PROFILES[profile].before ?? 0;
        for (const each of messages) {
          await device.out(0x02, each).result;
          const [requestType = 0, request = 0, value = 0, index = before] = each;
          await device.control({ requestType, request, value, index, length: 255 }, each).result;
          await settle();
        }
        device.unplug();
        device.plug();
        const voltage = CCID_PROFILES[profile].interfaces[0]!.class.voltages === 2 ? "02" : "01";
        const host = new CcidHost(device);
        const answer = await host.ask(POWER_ON, "", { specific: `${voltage}0000` });
        expect(answer).toBe(`000000${encodeHex(card.atr)}`);
      },
    ),
    { numRuns: 200 },
  );
});

/** Lets everything that has been begun come to its end. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
