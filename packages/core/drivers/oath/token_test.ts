import { expect, test } from "vitest";
import { ManualTime } from "../../time/mod.ts";
import type { ApduCommandDefinition } from "../../command/mod.ts";
import type { CallOptions } from "../../link/mod.ts";
import { OathToken } from "./token.ts";

const text = (value: string): Uint8Array => new TextEncoder().encode(value);

/** A token that notes how long each of its exchanges may take. */
function token(atr: string) {
  const waits: Record<string, (number | undefined)[]> = {};
  const port = {
    send: <A, R>(command: ApduCommandDefinition<A, R>, _: A, options?: CallOptions) => {
      (waits[command.name] ??= []).push(options?.timeoutMs);
      return Promise.resolve("123456" as R);
    },
  };
  const made = new OathToken({
    driver: "oath",
    port,
    selection: {
      version: [5, 4, 3],
      id: text("12345678"),
      challenge: undefined,
      pinTries: undefined,
      serial: undefined,
    },
    atr: text(atr),
    serial: "1",
    time: new ManualTime(0),
    evidence: { level: "published-tool", note: "none" },
  });
  return { made, waits };
}

const target = {
  slot: 0,
  title: "a",
  settings: { algorithm: "SHA1", digits: 6, period: 30 },
} as const;

// A burn hands on what it was given, `undefined` included.
test.each([
  ["no time-out", {}, 20_000],
  ["one that says nothing", { timeoutMs: undefined }, 20_000],
  ["one of the caller's", { timeoutMs: 1_000 }, 1_000],
  ["a long one of the caller's", { timeoutMs: 60_000 }, 60_000],
])("%s, where a touch may be waited for", async (_, options, expected) => {
  const { made, waits } = token("..YubiKey..");
  await made.codes.compute(target, { seconds: 0, ...options });
  expect(Object.values(waits)).toEqual([[expected]]);
});

test("a key without touch is not given the time for one", async () => {
  const { made, waits } = token("");
  await made.codes.compute(target, { seconds: 0 });
  await made.codes.compute(target, { seconds: 0, timeoutMs: 1_000 });
  expect(Object.values(waits)).toEqual([[undefined, 1_000]]);
});

test.each([
  ["no options", undefined, 20_000],
  ["a time-out that says nothing", { timeoutMs: undefined }, 20_000],
  ["one of the caller's", { timeoutMs: 1_000 }, 1_000],
])("a reset with %s", async (_, options, expected) => {
  const { made, waits } = token("..Nitrokey..");
  await made.reset!.run(options);
  expect(Object.values(waits).flat()).toEqual([expected, expected]);
});
