import { describe, expect, test } from "vitest";
import { LinkError } from "@otpsmith/core/errors";
import { Pn532Error, statusError, toLinkError } from "./pn532_error.ts";

const SENDING = { action: 'Cannot send to "PN532 /dev/ttyUSB0"', sending: true };

/** All codes of the manual's table: UM0701-02, section 7.1. */
const CODES = [
  ...[0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x09, 0x0a, 0x0b, 0x0d, 0x0e, 0x10, 0x12, 0x13],
  ...[0x14, 0x23, 0x25, 0x26, 0x27, 0x29, 0x2a, 0x2b, 0x2c, 0x2d, 0x2e],
];

describe("status bytes", () => {
  test.each([0x00, 0x40, 0x80, 0xc0])("%i says that all went well", (status) => {
    expect(statusError(status)).toBeUndefined();
  });

  test.each(CODES)("code %i has a meaning of its own and a next step", (code) => {
    const error = toLinkError(statusError(code), SENDING);
    expect(error.message).toMatch(/^Cannot send to "PN532 \/dev\/ttyUSB0": [a-z]|: the PN532/);
    expect(error.message).not.toMatch(/reports PN532 status/);
    expect(error.next).toMatch(/\.$/);
  });

  test.each([
    [0x01, "lost", "unknown"],
    [0x02, "lost", "unknown"],
    [0x41, "lost", "unknown"], // the bit for more parts does not hide an error
    [0x10, "unsupported", "not-sent"],
    [0x27, "lost", "not-sent"],
    [0x2d, "lost", "unknown"],
  ])("code %i is %s, %s", (status, reason, delivery) => {
    expect(toLinkError(statusError(status), SENDING)).toMatchObject({ reason, delivery });
  });

  test("a code that no manual knows is told as it is", () => {
    const { message, delivery } = toLinkError(statusError(0x3f), SENDING);
    expect(message).toContain("PN532 status 3F");
    expect(delivery).toBe("unknown");
  });
});

describe("toLinkError", () => {
  test("before anything was sent to the token, nothing was sent", () => {
    const error = toLinkError(statusError(0x01), { action: "Cannot open", sending: false });
    expect(error.delivery).toBe("not-sent");
  });

  test("an error for the caller stays what it is; any other is a lost line", () => {
    const known = new LinkError("busy", "no", { delivery: "not-sent" });
    expect(toLinkError(known, SENDING)).toBe(known);
    const cause = new TypeError("x");
    expect(toLinkError(cause, SENDING)).toMatchObject({ code: "link/lost", cause });
    expect(new Pn532Error({ ...known, state: "s", next: "n." }).message).toBe("s");
  });
});
