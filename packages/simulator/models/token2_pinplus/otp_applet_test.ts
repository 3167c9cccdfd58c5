import { concatBytes, decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { ManualTime } from "@otpsmith/core/time";
import { describe, expect, test, vi } from "vitest";
import { pinPlus as golden } from "../../../../tests/golden/token2_pinplus.ts";
import { createVirtualToken, type VirtualTokenOptions } from "../../virtual_token.ts";
import {
  decrypt,
  encrypt,
  hmac,
  privateKeyFrom,
  publicKeyOf,
  sha256,
  sharedWith,
} from "./_cipher.ts";

const OWN = privateKeyFrom(new Uint8Array(32).fill(3));
const PUBLIC = publicKeyOf(OWN);
const ENTRY_IV = decodeHex("9DD8918E34F3CCAB08CB7518F71938F1");
const SELECT = golden.select;

function key(model: string, options: VirtualTokenOptions = {}) {
  const token = createVirtualToken({ model: `token2-pinplus:${model}`, ...options });
  const send = async (command: string | Uint8Array): Promise<string> => {
    const bytes = typeof command === "string" ? decodeHex(command) : command;
    return encodeHex(await token.card.process(bytes));
  };
  const otp = (parameters: string, data: Uint8Array): Promise<string> =>
    send(concatBytes([decodeHex(`80C5${parameters}`), Uint8Array.of(data.length), data]));
  /** Encrypts to the key's public key, and writes. */
  const write = async (clear: string): Promise<string> => {
    const theirs = decodeHex((await send(golden.publicKey)).slice(0, 128));
    const shared = sharedWith(OWN, theirs)!;
    const text = encrypt({ key: sha256(shared), iv: ENTRY_IV }, decodeHex(clear));
    return await otp("0502", concatBytes([PUBLIC, text]));
  };
  return { token, send, otp, write };
}

/** Type, hash, step, digits, touch; then names `a` and the given one, and a seed of one byte. */
const entry = (account: string, head = "01C1001E0600"): string =>
  `${head}0161${(account.length / 2).toString(16).padStart(2, "0")}${account}0107`;
const number = (value: number): string => value.toString(16).padStart(4, "0");
const at = (seconds: number): string => seconds.toString(16).padStart(16, "0");
const readAll = (seconds: number): string => `80C505000903${at(seconds)}`;
const readOne = (seconds: number, account = "62"): string =>
  `80C505000D01${at(seconds)}016101${account}`;

describe.each(["pin-plus", "applet"])("%s refuses", (model) => {
  test.each([
    ["a command before the application is selected", "80C5010000", "6D00"],
    ["another application", "00A4040007A0000005272101", "6A82"],
  ])("%s", async (_, command, status) => {
    expect(await key(model).send(command)).toBe(status);
  });

  test.each([
    ["an unknown instruction", "8000000000", "6D00"],
    ["an unknown class", "90C5010000", "6E00"],
    ["the class of others", "00C5010000", "6E00"],
    ["an unknown parameter", "80C5090000", "6A86"],
    ["an unknown second parameter", "80C50577", "6A86"],
    ["the keyboard's seed", `80C5000001${"00"}`, "6A86"],
    ["a long form", `80C505020001${"00".repeat(2)}`, "6700"],
    ["a length that is not true", "80C5050205AA", "6700"],
    ["a blob without text", `80C5050240${encodeHex(PUBLIC)}`, "6700"],
    ["half a block", `80C5050248${encodeHex(PUBLIC)}${"00".repeat(8)}`, "6700"],
    ["a point that is none", `80C5050250${"07".repeat(80)}`, "6984"],
    ["text of another key", `80C5050250${encodeHex(PUBLIC)}${"07".repeat(16)}`, "6984"],
    ["a list without a time", "80C505000103", "6700"],
    ["a question of another kind", `80C505000909${at(1)}`, "6A80"],
    ["an entry without a name", `80C505000B01${at(1)}0000`, "6A80"],
    ["more of a list that was not begun", `80C5050108${at(1)}`, "6A8[03]"],
    ["the list of an empty key", readAll(1), "6A8[03]"],
    ["a code of an entry that is not there", readOne(1), "6A8[03]"],
    ["another question for the serial number", "8033000001D1", "6A80"],
    ["a PIN before keys were agreed on", `80C5050530${"00".repeat(48)}`, "6985"],
    ["a PIN where none is set", `80C5050620${"00".repeat(32)}`, "6985"],
    ["a change where none is set", `80C5050840${"00".repeat(64)}`, "6985"],
    ["an agreement of another length", "80C505090107", "6700"],
  ])("%s", async (_, command, status) => {
    const { send } = key(model);
    await send(SELECT);
    expect(await send(command)).toMatch(new RegExp(`^${status}$`));
  });

  test.each([
    ["an entry of another type", entry("62", "02C1001E0600")],
    ["another hash function", entry("62", "01C3001E0600")],
    ["no time step", entry("62", "01C100000600")],
    ["three digits", entry("62", "01C1001E0300")],
    ["eleven digits", entry("62", "01C1001E0B00")],
    ["no account", entry("")],
    ["a name of 65 bytes", entry("62".repeat(65))],
    ["a seed of 65 bytes", `01C1001E06000161016241${"07".repeat(65)}`],
    ["a seed that is cut off", "01C1001E0600016101620307"],
    ["nothing", "01C1"],
  ])("%s", async (_, clear) => {
    const { send, write } = key(model);
    await send(SELECT);
    expect(await write(clear)).toBe("6984");
    expect(await send(readAll(1))).toMatch(/^6A8[03]$/);
  });

  test("one entry more than it holds, and still overwrites", async () => {
    const { send, write } = key(model);
    await send(SELECT);
    const most = model === "applet" ? 32 : 50;
    for (let i = 0; i < most; i++) expect(await write(entry(number(i)))).toBe("9000");
    expect(await write(entry(number(most)))).toBe("6A84");
    expect(await write(entry(number(0)))).toBe("9000");
    expect(await write(`000000000000016102${number(7)}00`)).toBe("9000");
    expect(await write(`000000000000016102${number(7)}00`)).toMatch(/^6A8[03]$/);
    expect(await write(entry(number(most)))).toBe("9000");
  });
});

test("a long list comes in pages, and each page in parts", async () => {
  const { send, write } = key("pin-plus");
  await send(SELECT);
  const name = (i: number): string => encodeHex(new Uint8Array(60).fill(0x41 + i));
  for (let i = 0; i < 8; i++) await write(entry(name(i)));
  let answers = "";
  const whole = async (command: string): Promise<string> => {
    let answer = await send(command);
    let data = "";
    while (answer.slice(-4, -2) === "61") {
      data += answer.slice(0, -4);
      answer = await send(`00C00000${answer.slice(-2)}`);
    }
    expect(answer.slice(-4)).toBe("9000");
    return data + answer.slice(0, -4);
  };
  let pages = 1;
  let page = await whole(readAll(59));
  for (; parseInt(page.slice(0, 2), 16) >= 0x80; pages++) {
    answers += page;
    page = await whole(`80C5050108${at(59)}`);
  }
  answers += page;
  expect(pages).toBeGreaterThan(1);
  for (let i = 0; i < 8; i++) expect(answers).toContain(name(i));
});

test("an entry that counts presses steps when it is read alone, and not in a list", async () => {
  const { send, write } = key("pin-plus");
  await send(SELECT);
  const seed = golden.seed;
  await write(`00C1000006000161016214${seed}`);
  expect(await send(readAll(1))).toBe("00C10000060001610162" + "9000");
  const codes = [await send(readOne(1)), await send(readOne(1))];
  // RFC 4226, appendix D.
  const text = (code: string): string => encodeHex(new TextEncoder().encode(code));
  expect(codes.map((code) => code.slice(-16, -4))).toEqual([text("755224"), text("287082")]);
});

describe("a touch", () => {
  test("is waited for by a key, and told when it does not come", async () => {
    const time = new ManualTime(0);
    const options = { time, personality: { presser: { byHand: true } } };
    const { token, send, write } = key("pin-plus", options);
    await send(SELECT);
    expect(await write(entry("62", "01C1001E0601"))).toBe("9000");
    const late = send(readOne(59));
    await vi.waitUntil(() => token.hands.button.blinking);
    time.advance(15_000);
    expect(await late).toBe("6FF9");
    const pressed = send(readOne(59));
    await vi.waitUntil(() => token.hands.button.blinking);
    token.hands.press();
    expect(await pressed).toMatch(/9000$/);
    const erased = send("80C50502");
    await vi.waitUntil(() => token.hands.button.blinking);
    time.advance(15_000);
    expect(await erased).toBe("6FF9");
    expect(await send(readAll(59))).toMatch(/9000$/);
  });

  test("is nothing that a card knows", async () => {
    const { send, write } = key("applet", { personality: { presser: { never: true } } });
    await send(SELECT);
    expect(await write(entry("62", "01C1001E0601"))).toBe("9000");
    expect(await send(readOne(59))).toMatch(/9000$/);
  });
});

describe("a PIN", () => {
  /** Agrees on keys and sets a PIN. */
  async function locked(model: string, pin = "135792") {
    const played = key(model);
    const { send, otp } = played;
    const agree = async () => {
      const theirs = decodeHex((await otp("0509", PUBLIC)).slice(0, 128));
      const root = hmac(new Uint8Array(32), sharedWith(OWN, theirs)!);
      const derive = (text: string): Uint8Array =>
        hmac(root, concatBytes([new TextEncoder().encode(text), Uint8Array.of(1)]));
      return { encrypts: derive("TOTP AES key"), mac: derive("TOTP HMAC key") };
    };
    const iv = new Uint8Array(16);
    const set = async (text: string, tries = 3): Promise<string> => {
      const { encrypts, mac } = await agree();
      const bytes = new TextEncoder().encode(text);
      const clear = Uint8Array.of(7, tries, bytes.length, ...bytes);
      const sealed = encrypt({ key: encrypts, iv }, clear);
      return await otp("0505", concatBytes([iv, sealed, hmac(mac, sealed).subarray(0, 16)]));
    };
    const show = async (text: string): Promise<string> => {
      const { encrypts } = await agree();
      const flag = decodeHex(await send(golden.pinChallenge));
      const [given, block] = [flag.subarray(9, 25), flag.subarray(25, 41)];
      const asked = decrypt({ key: encrypts, iv: given, pads: false }, block)!;
      const inner = encrypt({
        key: sha256(new TextEncoder().encode(text)),
        iv: sha256(asked).subarray(0, 16),
        pads: false,
      }, asked);
      return await otp(
        "0506",
        concatBytes([iv, encrypt({ key: encrypts, iv, pads: false }, inner)]),
      );
    };
    await send(SELECT);
    expect(await set(pin)).toBe("9000");
    return { ...played, set, show };
  }

  test("is counted down by a key, to the end", async () => {
    const { send, show, set } = await locked("pin-plus");
    expect(await set("246813")).toBe("6A81");
    expect(await show("000000")).toBe("6302");
    expect(await show("135792")).toBe("9000");
    for (const left of [2, 1, 0]) expect(await show("000000")).toBe(`630${left}`);
    expect(await show("135792")).toBe("6983");
    expect((await send(golden.pinFlag)).slice(0, 8)).toBe("07000603");
  });

  test("opens a key for five minutes of the host's time, from the first that it hears", async () => {
    const { send, show } = await locked("pin-plus");
    expect(await send(readAll(1000))).toBe("6985");
    await show("135792");
    expect(await send(readAll(1000))).toBe("6A83");
    expect(await send(readAll(1299))).toBe("6A83");
    expect(await send(readAll(1300))).toBe("6985");
    expect(await send(readAll(999))).toBe("6985");
    expect(await send("80C505060100")).toBe("9000");
    expect(await send(readAll(1000))).toBe("6985");
  });

  test("is answered otherwise by the applet, which counts from the last read of the session", async () => {
    const { send, show, write } = await locked("applet");
    expect(await show("000000")).toBe("6982");
    expect(await show("135792")).toBe("9000");
    expect(await send(readAll(1000))).toBe("6985"); // it heard no time: it counts from 0
    expect(await send(readAll(299))).toBe("6A80");
    expect(await write(entry("62"))).toBe("9000"); // it tells its key, and takes what is encrypted to it
  });

  test.each([
    "12345",
    "111111",
    "123456",
    "654321",
    "123321",
    "11121314",
    "abcdefgh1",
    "abcdefghij",
  ])(
    "that is easy to guess is refused: %s",
    async (pin) => {
      await expect(locked("pin-plus", pin)).rejects.toThrow("6A80");
    },
  );

  test("is forgotten by the session with the field, and not by the key", async () => {
    const { token, send, show } = await locked("pin-plus");
    await show("135792");
    token.card.power("reset");
    await send(SELECT);
    expect(await send(readAll(1))).toBe("6985");
    expect(await send(golden.publicKey)).toBe("6A81");
  });
});
