import fc from "fast-check";
import { expect, test } from "vitest";
import { redactData, redactMessage } from "./redact.ts";

test("overlapping ranges hide their union", () => {
  const text = redactMessage(Uint8Array.of(1, 2, 3, 4, 5, 0xa0, 0xa1, 0xa2, 0xa3), {
    message: "command",
    secrets: [{ in: "command", from: 0, to: 3 }, { in: "command", from: 1 }],
  });
  expect(text).toBe("0102030405 [secret 3 bytes] [secret 1 bytes]");
});

test("ranges of the other message do not count", () => {
  const secrets = [{ in: "answer", from: 0 }] as const;
  expect(redactMessage(Uint8Array.of(1, 2, 3, 4, 1, 9), { message: "command", secrets })).toBe(
    "010203040109",
  );
});

test("whatever the lengths, no byte of a wholly secret field is printed", () => {
  fc.assert(fc.property(fc.nat(300), fc.constantFrom("command", "answer"), (length, message) => {
    const bytes = new Uint8Array(length).fill(0xee);
    const header = message === "command" ? 5 : 0;
    const text = redactMessage(bytes, { message, secrets: [{ in: message, from: 0 }] });
    const shown = text.replace(/\[secret \d+ bytes\]/g, "").replace(/ /g, "").length / 2;
    expect(shown).toBe(Math.min(length, header + (message === "answer" ? 2 : 0)));
  }));
});

test("data has neither header nor status word", () => {
  const secrets = [{ in: "command", from: 1, to: 2 }, { in: "answer", from: 2 }] as const;
  const bytes = Uint8Array.of(1, 2, 3, 4);
  expect(redactData(bytes, { message: "command", secrets })).toBe("01 [secret 1 bytes] 0304");
  expect(redactData(bytes, { message: "answer", secrets })).toBe("0102 [secret 2 bytes]");
});
