import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { concatBytes, decodeHex } from "@otpsmith/core/bytes";
import { CCID_PROFILES, type CcidProfileName, createCcidReader } from "@otpsmith/simulator/usb";
import { goldenCcid } from "../../../tests/golden/ccid.ts";
import { findCcidInterfaces } from "./descriptor.ts";
import { fuzzRuns } from "../testdata/fuzz_runs.ts";

const OWN = decodeHex(goldenCcid.descriptors[0]!.bytes);
const OUT = Uint8Array.of(7, 5, 0x02, 2, 64, 0, 0);
const IN = Uint8Array.of(7, 5, 0x81, 2, 64, 0, 0);
const INTERRUPT = Uint8Array.of(7, 5, 0x83, 3, 8, 0, 16);
const CONFIGURATION = Uint8Array.of(9, 2, 0, 0, 1, 1, 0, 0x80, 50);
const head = (
  { number = 0, alternate = 0, kind = [0x0b, 0, 0] }: {
    number?: number;
    alternate?: number;
    kind?: readonly number[];
  } = {},
): Uint8Array => Uint8Array.of(9, 4, number, alternate, 3, ...kind, 0);
const find = (...parts: readonly Uint8Array[]) =>
  findCcidInterfaces(concatBytes([CONFIGURATION, ...parts]));
/** The class descriptor with some bytes changed. */
const changed = (at: number, ...bytes: readonly number[]): Uint8Array => {
  const copy = OWN.slice();
  copy.set(bytes, at);
  return copy;
};

test.each(goldenCcid.descriptors)("golden bytes: $reader", (vector) => {
  const [found] = find(head(), decodeHex(vector.bytes), OUT, IN, INTERRUPT);
  expect(found).toMatchObject({
    slots: vector.slots,
    voltages: vector.voltages,
    protocols: vector.protocols,
    longestBlock: vector.ifsd,
    features: vector.features,
    longestMessage: vector.message,
    bulkOut: 0x02,
    bulkIn: 0x81,
    interrupt: { address: 0x83, packet: 8 },
  });
});

test.each(Object.keys(CCID_PROFILES) as CcidProfileName[])("a virtual %s is found", (profile) => {
  const { device, interfaces } = createCcidReader({ profile });
  const found = findCcidInterfaces(device.descriptors.configuration);
  expect(found).toHaveLength(interfaces.length);
});

describe("levels of exchange", () => {
  test.each([
    [0x0000_0030, "character"],
    [0x0001_04ba, "tpdu"],
    [0x0002_0040, "short-apdu"],
    [0x0004_04be, "extended-apdu"],
  ])("%i is %s", (features, level) => {
    const bytes = [features & 255, features >> 8 & 255, features >> 16 & 255, features >>> 24];
    expect(find(head(), changed(40, ...bytes), OUT, IN)[0]).toMatchObject({ features, level });
  });
});

describe("what is a reader", () => {
  test("old readers call themselves vendor-specific", () => {
    expect(find(head({ kind: [0xff, 0, 0] }), OWN, OUT, IN)).toHaveLength(1);
    expect(find(head({ kind: [0xff, 0, 0] }), OUT, IN)).toEqual([]);
  });

  test("the class descriptor may come last", () => {
    expect(find(head(), OUT, IN, OWN)).toHaveLength(1);
  });

  test("without interrupt endpoint", () => {
    expect(find(head(), OWN, OUT, IN)[0]?.interrupt).toBeUndefined();
  });

  test("other interfaces stand between", () => {
    const found = find(
      head({ kind: [3, 0, 0] }),
      IN,
      head({ number: 1 }),
      OWN,
      OUT,
      IN,
      head({ number: 1, alternate: 1 }),
      OWN,
      OUT,
      IN,
      head({ number: 4 }),
      OWN,
      IN,
      OUT,
    );
    expect(found.map(({ number }) => number)).toEqual([1, 4]);
  });

  test.each([
    ["ICCD over the control pipe", [head({ kind: [0x0b, 0, 1] }), OWN, OUT, IN]],
    ["no class descriptor", [head(), OUT, IN]],
    ["a class descriptor of another length", [
      head(),
      Uint8Array.of(9, 0x21, ...OWN.slice(2, 9)),
      OUT,
      IN,
    ]],
    ["no endpoint to the reader", [head(), OWN, IN]],
    ["no endpoint to the host", [head(), OWN, OUT]],
    ["endpoint 0", [head(), OWN, Uint8Array.of(7, 5, 0x00, 2, 64, 0, 0), IN]],
    ["messages shorter than their header", [head(), changed(44, 9, 0, 0, 0), OUT, IN]],
    ["a part that is longer than everything", [head(), OWN, OUT, Uint8Array.of(255, 5, 0x81, 2)]],
    ["a part of length 0", [head(), OWN, OUT, Uint8Array.of(0, 5, 0x81, 2, 64, 0, 0)]],
  ])("no reader: %s", (_, parts) => expect(find(...parts)).toEqual([]));
});

test("a message of 4 GiB is not believed", () => {
  const [found] = find(head(), changed(44, 255, 255, 255, 255), OUT, IN);
  expect(found?.longestMessage).toBe(10 + 65_544);
});

test("any bytes, and any true descriptor cut and bent, give a list", () => {
  let inputs = 0;
  const truth = concatBytes([CONFIGURATION, head(), OWN, OUT, IN, INTERRUPT]);
  const look = (bytes: Uint8Array): void => {
    inputs++;
    for (const { slots, longestMessage, bulkIn } of findCcidInterfaces(bytes)) {
      expect(slots).toBeGreaterThan(0);
      expect(longestMessage).toBeLessThanOrEqual(10 + 65_544);
      expect(bulkIn & 0x80).toBe(0x80);
    }
  };
  fc.assert(fc.property(fc.uint8Array({ maxLength: 200 }), look), fuzzRuns(1000));
  const bent = fc.tuple(fc.nat(truth.length - 1), fc.nat(255), fc.nat(truth.length));
  fc.assert(
    fc.property(bent, ([at, byte, end]) => {
      const copy = truth.slice(0, end);
      if (at < end) copy[at] = byte;
      look(copy);
    }),
    fuzzRuns(3000),
  );
  console.info(`USB descriptors: ${inputs} inputs`);
});
