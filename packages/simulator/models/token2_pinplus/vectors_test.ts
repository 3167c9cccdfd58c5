import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { describe, expect, test, vi } from "vitest";
import { pinPlus as golden } from "../../../../tests/golden/token2_pinplus.ts";
import { memoryFlash } from "../../parts/flash.ts";
import type { RandomSource } from "../../parts/random.ts";
import { createVirtualToken, type VirtualToken } from "../../virtual_token.ts";
import type { PinPlusMemory } from "./memory.ts";

const { session } = golden;

/** Gives what is wanted next, and zeros when nothing is. */
function given(...next: readonly string[]): RandomSource {
  const queue = [...next];
  return {
    bytes: (count) => {
      const bytes = decodeHex(queue.shift() ?? "");
      return bytes.length === count ? bytes : new Uint8Array(count);
    },
  };
}

interface Played {
  readonly token: VirtualToken;
  readonly memory: () => PinPlusMemory;
  /** Sends a command, and gives data and status word. */
  readonly send: (command: string) => Promise<string>;
}

async function play(model: string, random: RandomSource): Promise<Played> {
  const storage = memoryFlash();
  const token = createVirtualToken({ model: `token2-pinplus:${model}`, storage, random });
  const send = async (command: string): Promise<string> =>
    encodeHex(await token.card.process(decodeHex(command)));
  expect(await send(golden.select)).toBe("9000");
  return {
    token,
    send,
    memory: () =>
      storage.read()!.cells!.use((bytes) =>
        JSON.parse(new TextDecoder().decode(bytes)) as PinPlusMemory
      ),
  };
}

const ENTRY = {
  ...{ type: 1, hash: 0xc1, step: 30, digits: 6, touch: 0, counter: 0 },
  app: "41636D65",
  account: "616C696365",
  seed: golden.seed,
};

describe.each(["pin-plus", "pin-plus-without-pin", "pin-plus-features", "applet"])(
  "the golden bytes and %s",
  (model) => {
    test("an entry is written, read and erased", async () => {
      const { send, memory } = await play(model, given(golden.device.private));
      expect(await send(golden.publicKey)).toBe(`${golden.device.public}9000`);
      expect(await send(golden.write)).toBe("9000");
      expect(memory().entries).toEqual([ENTRY]);
      expect(await send(golden.readAll.apdu)).toBe(`${golden.readAll.answer}9000`);
      expect(await send(golden.readOne.apdu)).toBe(`${golden.readOne.answer}9000`);
      expect(await send(golden.delete)).toBe("9000");
      expect(memory().entries).toEqual([]);
      expect(await send(golden.write)).toBe("9000");
      expect(await send(golden.eraseAll)).toBe("9000");
      expect(memory().entries).toEqual([]);
    });
  },
);

test("a PIN is set, shown, changed and taken away; entries go through the session", async () => {
  const { iv, rand, encRand } = session;
  const signature = "00".repeat(132);
  const { device } = golden;
  const random = given(device.private, device.private, signature, iv, rand, iv);
  const { send, memory } = await play("pin-plus", random);
  expect(await send(session.agree)).toBe(`${device.public}${signature}9000`);
  expect(await send(session.set)).toBe("9000");
  expect(memory().pin).toMatchObject({ length: 6, most: 100, left: 100 });
  expect(await send(golden.publicKey)).toBe("6A81");
  expect(await send(golden.readAll.apdu)).toBe("6985");
  expect(await send(session.write)).toBe("6985");
  expect(await send(golden.pinChallenge)).toBe(`076406640000010000${iv}${encRand}9000`);
  expect(await send(session.verify)).toBe("9000");
  expect(await send(session.write)).toBe("9000");
  expect(memory().entries).toEqual([ENTRY]);
  expect(await send(golden.readAll.apdu)).toBe(`${session.page}9000`);
  expect(await send(session.change)).toBe("9000");
  expect(await send(session.change)).toBe("6363"); // the old one does not count any more
  expect(memory().pin).toMatchObject({ left: 99 });
});

test("the golden bytes take a PIN away", async () => {
  const random = given(golden.device.private, golden.device.private);
  const { send, memory } = await play("applet", random);
  for (const command of [session.agree, session.set, session.remove]) {
    expect(await send(command)).toMatch(/9000$/);
  }
  expect(memory().pin).toBeNull();
});

describe("over HID", () => {
  /** Sends reports, and gives what comes back. */
  async function ask(model: string, reports: readonly string[]): Promise<readonly string[]> {
    const random = given(golden.device.private);
    const { reports: [hid] } = createVirtualToken({ model: `token2-pinplus:${model}`, random });
    const heard: string[] = [];
    hid!.onInput!((report) => heard.push(encodeHex(report)));
    for (const report of reports) expect(hid!.output!(decodeHex(report), 0)).toBe(true);
    const whole = reports.length > 1 && model === "pin-plus" ? 1 : 2;
    await vi.waitFor(() => expect(heard.length).toBeGreaterThanOrEqual(whole));
    return heard;
  }

  test("frames are the golden ones", async () => {
    const [frame, rest] = await ask("pin-plus", golden.frames.publicKey);
    expect(frame).toBe(`21203D${golden.device.public.slice(0, 122)}`);
    expect(rest).toMatch(new RegExp(`^210105${golden.device.public.slice(122)}9000(00)+$`));
    expect(await ask("pin-plus", golden.frames.write)).toEqual([`2100029000${"00".repeat(59)}`]);
  });

  test("packets of vendor command 41 are the golden ones, on the first channel", async () => {
    const { ctaphid } = golden;
    const ascii = (text: string): string => encodeHex(new TextEncoder().encode(text));
    const onFirst = (packet: string): string => packet.replace(/^01020304/, "00000001");
    const init = `FFFFFFFF860008${"11".repeat(8)}${"00".repeat(49)}`;
    const packets = [init, ...ctaphid.publicKey.map(onFirst)];
    expect((await ask("pin-plus-ctaphid", packets)).slice(1)).toEqual(
      ctaphid.publicKeyAnswer.map(onFirst),
    );
    const serial = [init, ...ctaphid.serial.map(onFirst)];
    const answer = ctaphid.serialAnswer.map((packet) =>
      onFirst(packet).replace(ascii(ctaphid.serialText), ascii("96103000000001"))
    );
    expect((await ask("pin-plus-ctaphid", serial)).slice(1)).toEqual(answer);
  });
});
