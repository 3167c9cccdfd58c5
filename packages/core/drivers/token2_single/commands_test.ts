import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { golden } from "../../../../tests/golden/mod.ts";
import { encodeCommand } from "../../apdu/mod.ts";
import { Cursor, decodeHex, encodeHex } from "../../bytes/mod.ts";
import { cbcMac, encryptEcb, padIso9797, Sm4 } from "../../crypto/mod.ts";
import { Secret } from "../../secret/mod.ts";
import {
  answerChallenge,
  getChallenge,
  readInfo,
  writeConfiguration,
  writeSeed,
} from "./commands.ts";

const { challenge, time, token2single } = golden;
const cipher = new Sm4(decodeHex(token2single.sm4Key));
const DISPLAY_OFF = [15, 30, 60, 120];
const ALGORITHM = { 1: "SHA1", 2: "SHA256" } as const;

describe("every golden byte of the family", () => {
  test("requests that carry nothing", () => {
    expect(encodeHex(encodeCommand(readInfo.encode()))).toBe("80410000020211");
    expect(encodeHex(encodeCommand(getChallenge.encode()))).toBe("804B08000100");
  });

  test("answer to the challenge", () => {
    const command = answerChallenge.encode({ cipher, challenge: decodeHex(challenge) });
    expect(encodeHex(encodeCommand(command))).toBe(token2single.answer);
  });

  test.each(token2single.seed)("seed $seed", ({ seed, apdu }) => {
    const secret = Secret.take(decodeHex(seed));
    expect(encodeHex(encodeCommand(writeSeed.encode({ cipher, seed: secret })))).toBe(apdu);
  });

  // These would be sent by a tool that pads seeds of 16 and 32 bytes too little; see writeSeed.
  test.each([...token2single.rejectedMinimalPad, ...token2single.truncatedMinimalPad])(
    "never the short padding of $seed",
    ({ seed, apdu }) => {
      const secret = Secret.take(decodeHex(seed));
      expect(encodeHex(encodeCommand(writeSeed.encode({ cipher, seed: secret })))).not.toBe(apdu);
    },
  );

  test.each(token2single.config)("settings $apdu", (vector) => {
    const command = writeConfiguration.encode({
      cipher,
      configuration: {
        clockSeconds: vector.time ?? time,
        algorithm: ALGORITHM[vector.alg],
        period: vector.step,
        displayOffSeconds: DISPLAY_OFF[vector.displayOff]!,
      },
    });
    expect(encodeHex(encodeCommand(command))).toBe(vector.apdu);
  });
});

describe("the multi-profile family uses the same building blocks", () => {
  const { molto2 } = golden;
  const key = new Sm4(decodeHex(molto2.sm4Key));
  const command = (ins: number, p1: number, p2: number, body: Uint8Array): string => {
    const header = Uint8Array.of(0x80, ins, p1, p2, body.length);
    const mac = cbcMac(key, Uint8Array.of(...header, ...body));
    return encodeHex(
      encodeCommand({ cla: 0x84, ins, p1, p2, data: Uint8Array.of(...body, ...mac) }),
    );
  };

  test("answer to the challenge", () => {
    const block = Uint8Array.of(...decodeHex(challenge), ...new Uint8Array(8));
    expect(`80CE000010${encodeHex(key.encryptBlock(block))}`).toBe(molto2.answer);
  });

  test.each(molto2.seed)("seed of profile $profile: $seed", ({ profile, seed, apdu }) => {
    const body = encryptEcb(key, padIso9797(decodeHex(seed)));
    expect(command(0xc5, 0x01, profile!, body)).toBe(apdu);
  });

  test.each(molto2.clear)(
    "clearing profile $profile with $zeros zeros",
    ({ profile, zeros, apdu }) => {
      const body = encryptEcb(key, new Uint8Array(zeros + 16 - zeros % 16));
      expect(command(0xc5, 0x01, profile, body)).toBe(apdu);
    },
  );

  test.each(molto2.title)("title $title", ({ profile, title, apdu }) => {
    const body = encryptEcb(key, padIso9797(new TextEncoder().encode(title)));
    expect(command(0xd5, 0x00, profile, body)).toBe(apdu);
  });

  test.each(molto2.config)("settings $apdu", ({ profile, displayOff, alg, digits, step, apdu }) => {
    const body = decodeHex(`81141F010${displayOff}0F046553F10086090A010${alg}0B01`);
    const rest = Uint8Array.of(digits!, 0x0d, 0x01, step);
    expect(command(0xd4, 0x01, profile!, Uint8Array.of(...body, ...rest))).toBe(apdu);
  });

  test.each(molto2.sync)("clock of profile $profile", ({ profile, time: seconds, apdu }) => {
    const body = decodeHex(`81060F04${seconds.toString(16).padStart(8, "0")}`);
    expect(command(0xd4, 0x01, profile, body)).toBe(apdu);
  });

  test.each(molto2.setKey)("new key $newAscii", ({ newSm4, apdu }) => {
    const padded = Uint8Array.of(0, ...decodeHex(newSm4), 0x80, ...new Uint8Array(14));
    expect(command(0xd7, 0x00, 0x00, encryptEcb(key, padded))).toBe(apdu);
  });
});

describe("the answer with serial and clock", () => {
  test("of the open firmware, zeros in header and separator", () => {
    const answer = "0000000E38363539363232303030303030310000" + "6553F100";
    expect(readInfo.decode(new Cursor(decodeHex(answer)))).toEqual({
      serial: "86596220000001",
      clockSeconds: 1_700_000_000,
    });
  });

  test("with tags in header and separator, and more behind the clock", () => {
    const answer = "95160" + "20E38363539363332303030303030311104" + "6553F100" + "AABB";
    expect(readInfo.decode(new Cursor(decodeHex(answer))).serial).toBe("86596320000001");
  });

  test.each(["", "000000", "0000000E3836", "00000000", "00000001FF00006553F100"])(
    "%s is not one",
    (answer) => {
      expect(() => readInfo.decode(new Cursor(decodeHex(answer)))).toThrow(RangeError);
    },
  );
});

test("any answer is serial and clock, or a RangeError that the session turns into garbled", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (answer) => {
    try {
      const { serial, clockSeconds } = readInfo.decode(new Cursor(answer));
      expect(serial).toMatch(/^[ -~]+$/);
      expect(clockSeconds).toBeLessThanOrEqual(0xffff_ffff);
    } catch (error) {
      expect(error).toBeInstanceOf(RangeError);
    }
  }));
});

test("settings that have no code in this family are refused by the encoder", () => {
  const configuration = { clockSeconds: 0, period: 30, displayOffSeconds: 30 };
  expect(() =>
    writeConfiguration.encode({ cipher, configuration: { ...configuration, algorithm: "SHA512" } })
  ).toThrow(RangeError);
  expect(() =>
    writeConfiguration.encode({
      cipher,
      configuration: { ...configuration, algorithm: "SHA1", displayOffSeconds: 45 },
    })
  ).toThrow(RangeError);
});
