import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { readAtr } from "./atr.ts";
import { acceptedFactors, agree, encodeParameters, encodePps } from "./parameters.ts";
import { fuzzRuns } from "../testdata/fuzz_runs.ts";

const PLAIN = {
  ta1: undefined,
  tc1: 0,
  ta2: undefined,
  tc2: 10,
  ifsc: 32,
  waiting: 0x4d,
  crc: false,
};
const atr = (hex: string) => readAtr(decodeHex(hex));

describe("answers to reset", () => {
  // YubiKey 5 and CanoKey: LudovicRousseau/pcsc-tools, smartcard_list.txt; ISO/IEC 7816-3, section 8.2.
  test.each([
    ["T=0 without a word", "3B00", { ...PLAIN, protocols: [0] }],
    ["contactless, as readers make them up", "3B8180018080", { ...PLAIN, protocols: [0, 1] }],
    [
      "YubiKey 5",
      "3BFD1300008131FE158073C021C057597562694B657940",
      { ...PLAIN, protocols: [1], ta1: 0x13, ifsc: 0xfe, waiting: 0x15 },
    ],
    [
      "CanoKey",
      "3BF711000081" + "31FE6543616E6F6B657999",
      { ...PLAIN, protocols: [1], ta1: 0x11, ifsc: 0xfe, waiting: 0x65 },
    ],
    ["specific mode", "3B9096918000", { ...PLAIN, protocols: [1, 0], ta1: 0x96, ta2: 0x80 }],
    ["guard and waiting times", "3F40FF", { ...PLAIN, protocols: [0], tc1: 0xff }],
    ["TC2", "3B804014", { ...PLAIN, protocols: [0], tc2: 0x14 }],
    [
      "a CRC, and global bytes of T=15",
      "3B8081F1202D011F03".slice(0, 18),
      { ...PLAIN, protocols: [1], ifsc: 0x20, waiting: 0x2d, crc: true },
    ],
  ])("%s", (_, hex, expected) => expect(atr(hex)).toMatchObject(expected));

  test.each([
    ["nothing", ""],
    ["one byte", "3B"],
    ["another first byte", "3C00"],
    ["historical bytes that are not there", "3B02AA"],
    ["interface bytes that are not there", "3BF0"],
    ["a chain that does not end", "3B" + "80".repeat(31)],
    ["34 bytes", "3B00" + "00".repeat(32)],
  ])("none: %s", (_, hex) => expect(atr(hex)).toBeUndefined());

  test("reserved block sizes count as the default", () => {
    expect(atr("3B80811100")?.ifsc).toBe(32);
    expect(atr("3B808111FF")?.ifsc).toBe(32);
  });

  test("any bytes", () => {
    let inputs = 0;
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.constantFrom(0x3b, 0x3f, 0), (bytes, ts) => {
        inputs++;
        const read = readAtr(Uint8Array.of(ts, ...bytes));
        if (!read) return;
        expect(read.protocols.length).toBeGreaterThan(0);
        expect(read.ifsc).toBeGreaterThan(0);
      }),
      fuzzRuns(2000),
    );
    console.info(`Answers to reset: ${inputs} inputs`);
  });
});

describe("what is agreed", () => {
  const NEGOTIATES = 0x0001_0000;
  const reader = { features: NEGOTIATES, protocols: 3, level: "tpdu" } as const;
  const shown = (hex: string, over: { features?: number; protocols?: number } = {}) => {
    const agreement = agree(atr(hex)!, { ...reader, ...over });
    const show = (bytes: Uint8Array | undefined) => bytes && encodeHex(bytes);
    return agreement && [agreement.protocol, show(agreement.pps), show(agreement.parameters)];
  };

  test("Molto2's way: parameters as libccid sends them, and no PPS", () => {
    expect(shown("3B00", { features: 0x0004_0480 })).toEqual([0, undefined, "1100000A00"]);
    expect(shown("3B80811120", { features: 0x0004_0480 }))
      .toEqual([1, undefined, "1110004D002000"]);
  });

  test("a reader that does all of it is told nothing", () => {
    expect(shown("3B1095", { features: 0x0002_0040 })).toEqual([0, undefined, undefined]);
  });

  test("a card that can be faster is asked", () => {
    expect(shown("3B1095")).toEqual([0, "FF10957A", "9500000A00"]);
  });

  test("not if the reader does that, or the card dictates", () => {
    expect(shown("3B1095", { features: NEGOTIATES | 0x80 })).toEqual([0, undefined, "9500000A00"]);
    expect(shown("3B90951000")?.slice(0, 2)).toEqual([0, undefined]);
  });

  test("T=1 where both have it, and the card is asked for it", () => {
    expect(shown("3B8180018080")?.[0]).toBe(1);
    expect(shown("3B8180018080", { protocols: 1 })?.[0]).toBe(0);
    expect(shown("3B8180018080", { protocols: 2 })).toEqual([1, "FF01FE", "1110004D002000"]);
    expect(shown("3B00", { protocols: 2 })).toBeUndefined();
    expect(shown("3B9096918000", { protocols: 2 })).toBeUndefined(); // TA2 says T=0 alone
  });

  test.each(
    [
      [0, 0x11, "FF00FF"],
      [1, 0x11, "FF01FE"],
      [0, 0x95, "FF10957A"],
      [1, 0x13, "FF1113FD"],
    ] as const,
  )("PPS for T=%i and %i", (protocol, factors, bytes) => {
    expect(encodeHex(encodePps(protocol, factors))).toBe(bytes);
  });

  test.each([
    ["FF10957A", "FF10957A", 0x95],
    ["FF10957A", "FF00FF", 0x11], // the card stays slow
    ["FF1113FD", "FF1113FD", 0x13],
    ["FF10957A", "FF10947B", undefined], // another speed
    ["FF10957A", "FF01FE", undefined], // another protocol
    ["FF10957A", "FF10957B", undefined], // damaged
    ["FF10957A", "FF00FF00", undefined],
    ["FF10957A", "FF", undefined],
    ["FF10957A", "", undefined],
  ])("asked %s, answered %s", (asked, answered, factors) => {
    expect(acceptedFactors(decodeHex(asked), decodeHex(answered))).toBe(factors);
  });

  test("a CRC is told to the reader", () => {
    const crc = { ...atr("3B00")!, crc: true };
    expect(encodeHex(encodeParameters(crc, { protocol: 1, factors: 0x11 }))).toBe("1111004D002000");
  });

  test("whatever a card answers, it agrees to what was asked or to the default", () => {
    const asked = encodePps(1, 0x13);
    fc.assert(fc.property(fc.uint8Array({ maxLength: 6 }), (answer) => {
      expect([undefined, 0x11, 0x13]).toContain(acceptedFactors(asked, answer));
    }));
  });
});
