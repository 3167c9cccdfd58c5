import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";
import { LinkError } from "@otpsmith/core/errors";
import { isStale, PcscError, toLinkError } from "./pcsc_error.ts";

const opening = { action: 'Cannot open "Desk"', sending: false };
const sending = { action: 'Cannot send to "Desk"', sending: true };

function open(code: number): LinkError {
  return toLinkError(new PcscError(code, "SCardConnect"), opening);
}
function send(code: number): LinkError {
  return toLinkError(new PcscError(code, "SCardTransmit"), sending);
}

/** All numbers that the installed pcsclite.h defines. */
const header = readFileSync("/usr/include/PCSC/pcsclite.h", "utf8");
const defined = [...header.matchAll(/^#define (SCARD_[EFWP]_\w+)\s+\(\(LONG\)(0x\w+)\)/gm)]
  .map(([, name, value]) => [name!, Number(value)] as const);

describe("every number of pcsclite.h", () => {
  test("is found", () => expect(defined.length).toBeGreaterThan(50));

  test.each(defined)("%s is told to a person without a number, and with a next step", (_, code) => {
    for (const error of [open(code), send(code)]) {
      expect(error.message).toMatch(/^Cannot (open|send to) "Desk": [a-z' -]+$/);
      expect(error.next).toMatch(/^[A-Z].*\.$/);
      expect((error.cause as PcscError).code).toBe(code);
    }
  });

  test.each(defined)("%s says that nothing was sent where nothing was", (_, code) => {
    expect(open(code).delivery).toBe("not-sent");
  });
});

test("a doubtful command is called doubtful", () => {
  const certain = defined.filter(([, code]) => send(code).delivery === "not-sent")
    .map(([name]) => name);
  expect(certain).toEqual(["SCARD_E_SHARING_VIOLATION", "SCARD_W_RESET_CARD"]);
});

test.each([
  [0x8010000b, "busy"],
  [0x8010000c, "absent"],
  [0x80100009, "absent"],
  [0x8010001d, "absent"],
  [0x8010001e, "absent"],
  [0x8010006a, "denied"],
  [0x80100069, "lost"],
])("opening that ends with %i is %s", (code, reason) => {
  expect(open(code).reason).toBe(reason);
});

test("a link that was open is lost, whatever is missing afterwards", () => {
  for (const code of [0x8010000c, 0x80100009, 0x8010001d, 0x8010001e, 0x8010006a]) {
    expect(send(code).reason).toBe("lost");
  }
});

test("a service that hangs up on whoever asks for a context refuses that account", () => {
  const hungUp = new PcscError(0x80100013, "SCardEstablishContext");
  expect(toLinkError(hungUp, opening).reason).toBe("denied");
  expect(open(0x80100013).reason).toBe("lost");
});

test("an error of this project is left as it is; anything else becomes a lost link", () => {
  const known = new LinkError("timeout", "Cannot wait", { delivery: "unknown" });
  expect(toLinkError(known, sending)).toBe(known);
  expect(toLinkError(new TypeError("x is not a function"), sending)).toMatchObject({
    code: "link/lost",
    delivery: "unknown",
    message: 'Cannot send to "Desk": the smart-card service reported a failure',
  });
});

test("a context of before a restart is stale", () => {
  expect(isStale(new PcscError(0x8010001d, "SCardConnect"))).toBe(true);
  expect(isStale(new PcscError(0x8010000b, "SCardConnect"))).toBe(false);
  expect(isStale(new Error("0x8010001d"))).toBe(false);
});
