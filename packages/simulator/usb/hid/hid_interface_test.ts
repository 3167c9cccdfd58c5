import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { decodeHex, encodeHex } from "@otpsmith/core/bytes";
import { goldenHid } from "../../../../tests/golden/hid.ts";
import { echoReports, featureReports } from "../testdata/reports.ts";
import { createHidToken } from "./hid_token.ts";
import { keyboardDescriptor, rawReportDescriptor, reportShape } from "./report_descriptors.ts";

const SET_FEATURE = { requestType: 0x21, request: 9, value: 0x0300, index: 0, length: 8 };
const GET_FEATURE = { requestType: 0xa1, request: 1, value: 0x0300, index: 0, length: 8 };
const REPORT = decodeHex("0102030405060708");

test.each(goldenHid.reportDescriptors)("report descriptor: $name", (vector) => {
  const { page, usage, numbered, feature } = vector;
  const made = feature > 0
    ? keyboardDescriptor({ featureBytes: feature })
    : rawReportDescriptor({ page, usage });
  expect(encodeHex(made)).toBe(vector.bytes);
  const inputBytes = feature > 0 ? 8 : 64; // a keyboard says which keys are down in eight
  expect(reportShape(made)).toEqual({ page, usage, numbered, inputBytes, featureBytes: feature });
});

test("any bytes have a report shape", () => {
  fc.assert(fc.property(fc.uint8Array(), (bytes) => {
    expect(reportShape(bytes)).toHaveProperty("page");
  }));
});

function token() {
  const [otp, fido] = [featureReports(8), echoReports({ page: 0xf1d0, usage: 1 })];
  const made = createHidToken({ profile: "YubiKey OTP+FIDO", reports: [otp, fido] });
  return { ...made, otp, fido };
}

describe("reports", () => {
  test("a feature report is written and read", async () => {
    const { device, otp } = token();
    expect((await device.control(SET_FEATURE, REPORT).result).status).toBe("done");
    expect(otp.heard).toEqual([REPORT]);
    expect((await device.control(GET_FEATURE).result).data).toEqual(REPORT);
  });

  test("output over the endpoint and over control, input back", async () => {
    const { device, fido } = token();
    expect((await device.out(0x04, REPORT).result).status).toBe("done");
    const control = { ...SET_FEATURE, value: 0x0200, index: 1 };
    expect((await device.control(control, REPORT).result).status).toBe("done");
    expect(fido.heard).toEqual([REPORT, REPORT]);
    expect((await device.in(0x84, 64).result).data).toEqual(REPORT);
  });

  test("its descriptors are told to whoever asks the interface", async () => {
    const { device, fido } = token();
    const ask = async (value: number): Promise<Uint8Array> => {
      const setup = { requestType: 0x81, request: 6, value, index: 1, length: 255 };
      return (await device.control(setup).result).data;
    };
    expect(await ask(0x2200)).toEqual(fido.descriptor);
    expect(encodeHex(await ask(0x2100))).toBe("09211101000122" + "2200");
  });

  test("what it does not have stalls", async () => {
    const { device } = token();
    const refused = [
      { ...GET_FEATURE, index: 1 }, // FIDO has no feature report
      { ...SET_FEATURE, index: 1 },
      { ...GET_FEATURE, index: 2 }, // no such interface
      { ...GET_FEATURE, request: 0x77 },
    ];
    for (const setup of refused) {
      expect((await device.control(setup, REPORT).result).status).toBe("stall");
    }
  });

  test("numbered reports are led by their id", async () => {
    const numbered = featureReports(8, 3);
    const { device } = createHidToken({ profile: "Nitrokey Pro", reports: [numbered] });
    await device.control({ ...SET_FEATURE, value: 0x0303 }, Uint8Array.of(3, ...REPORT)).result;
    expect(numbered.heard).toEqual([REPORT]);
    const { data } = await device.control({ ...GET_FEATURE, value: 0x0303, length: 9 }).result;
    expect(data).toEqual(Uint8Array.of(3, ...REPORT));
  });
});

test("faults: refused, dropped, pulled out", async () => {
  const { device, interfaces: [otp], otp: reports } = token();
  otp!.strike({ kind: "stall", on: "set" });
  expect((await device.control(SET_FEATURE, REPORT).result).status).toBe("stall");
  otp!.strike({ kind: "drop" });
  expect((await device.control(SET_FEATURE, REPORT).result).status).toBe("done");
  expect(reports.heard).toEqual([]);
  otp!.strike({ kind: "remove", on: "get" });
  expect((await device.control(GET_FEATURE).result).status).toBe("gone");
  expect(reports.events).toEqual(["on", "off"]);
});

test("every interface needs its report device", () => {
  expect(() => createHidToken({ profile: "OnlyKey", reports: [] })).toThrow("2 interfaces");
});
