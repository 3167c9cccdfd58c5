import {
  decodeHex,
  encodeHex,
  ManualTime,
  proveByToken,
  runPlan,
  Secret,
  systemTime,
  totp,
} from "@otpsmith/core";
import { oath, type OathToken } from "@otpsmith/core/drivers/oath";
import { loadScenario, type OathQuirks } from "@otpsmith/simulator";
import { describe, expect, test, vi } from "vitest";
import { agreedPlan, type KeyBench, openKey, refusals, request, SEED } from "./key_bench.ts";

/** Each side of each disagreement, on top of a key that is plain otherwise. */
const QUIRKS: readonly (readonly [name: string, quirks: OathQuirks])[] = [
  ["nothing", {}],
  ["an entry of the same name is refused", { overwrites: false }],
  ["an entry of the same name is overwritten", { overwrites: true }],
  ["long answers say 61 FF", { more: "FF" }],
  ["long answers say how much is left", { more: "left" }],
  ["locked after a password was set", { staysOpen: false }],
  ["open after a password was set", { staysOpen: true }],
  ["a wrong password is 6A80", { wrongPassword: 0x6a80 }],
  ["a wrong password is 6984", { wrongPassword: 0x6984 }],
  ["HOTP counts from one more", { firstCount: 1 }],
  ["HOTP counts from where it was told", { firstCount: 0 }],
  ["no reset of its own", { resets: false }],
  ["no new names", { renames: false }],
  ["longer names", { nameBytes: 68 }],
];

const MODELS = ["yubikey5", "canokey", "pico-fido", "nitrokey3"] as const;
const password = (text: string): Secret => Secret.take(new TextEncoder().encode(text));

async function use(
  model: string,
  quirks: OathQuirks,
  work: (key: KeyBench) => Promise<void>,
): Promise<void> {
  const key = await openKey({
    model: `oath:${model}`,
    drivers: [oath()],
    personality: { oath: quirks },
  });
  try {
    await work(key);
  } finally {
    await key[Symbol.asyncDispose]();
  }
}

describe.each(MODELS)("%s", (model) => {
  test.each(QUIRKS)("%s: a burn, one over it, and a long list", async (_, quirks) => {
    await use(model, quirks, async (key) => {
      const { connection } = key;
      const titles = Array.from({ length: 12 }, (_, i) => `Acme:${i}${"n".repeat(40)}`);
      const many = await agreedPlan(key, titles.map((title) => request({ title })));
      expect(await runPlan(connection, many)).toMatchObject({ status: "done" });
      expect((await connection.token.slots!.list()).map(({ title }) => title)).toEqual(titles);
      const again = request({ title: titles[3], seed: SEED.map((byte) => byte ^ 1) });
      expect(await refusals(key, [again])).toEqual(["burn/slot-occupied"]);
      const next = await agreedPlan(key, [again], { replace: [titles[3]!] });
      expect(await runPlan(connection, next)).toMatchObject({ status: "done" });
      expect(await proveByToken(connection.token, next)).toMatchObject([
        { level: "computed", match: true },
      ]);
      expect(await connection.token.slots!.list()).toHaveLength(titles.length);
    });
  });
});

describe.each(["yubikey5", "canokey"])("%s", (model) => {
  test.each(QUIRKS)("%s: a password is set, refused, given and taken away", async (_, quirks) => {
    await use(model, quirks, async ({ connection }) => {
      await connection.token.access!.rotation!.rotate(password("first"));
      expect(await connection.token.slots!.list()).toEqual([]); // this session goes on, open or not
      await connection.reopen();
      const { access } = connection.token;
      expect(access!.secret).toMatchObject({ required: true });
      await expect(access!.authenticate({ secret: password("wrong") })).rejects.toMatchObject({
        code: "token/bad-key",
      });
      await access!.authenticate({ secret: password("first") });
      await access!.rotation!.rotate(undefined, { secret: password("first") });
      await connection.reopen();
      expect(connection.token.access!.secret).toMatchObject({ required: false });
    });
  });

  test.each([0, 1] as const)(
    "nothing is assumed of the first HOTP count: %i",
    async (firstCount) => {
      await use(model, { firstCount }, async (key) => {
        // Written as another program does it: the driver burns TOTP, and has to leave counters alone.
        const put = decodeHex(
          "000100002B" + "7107486F743A626F62" + "7316" + "1106" + encodeHex(SEED) + "7A0400000007",
        );
        put[4] = put.length - 5;
        await key.token.card.process(decodeHex("00A4040007A0000005272101"));
        expect(encodeHex(await key.token.card.process(put))).toBe("9000");
        await key.connection.reopen();
        const [slot] = await key.connection.token.slots!.list();
        expect(slot).toMatchObject({ title: "Hot:bob", type: "hotp" });
        expect(await refusals(key, [request({ title: "Hot:bob" })])).toEqual([
          "burn/slot-occupied",
        ]);
        const burn = await agreedPlan(key, [request()]);
        expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
        const ask = decodeHex("00A200010B" + "7107486F743A626F62" + "7400");
        const answer = await key.token.card.process(ask);
        const number = new DataView(answer.buffer, answer.byteOffset + 3).getUint32(0) &
          0x7fff_ffff;
        const code = totp(Secret.copyOf(SEED), {
          algorithm: "SHA1",
          digits: 6,
          period: 30,
          time: 30 * (7 + firstCount), // a time step is a counter
        });
        expect(String(number % 1_000_000).padStart(6, "0")).toBe(code);
      });
    },
  );
});

test("what a key does not have says so; what is too long or too much is refused before it is sent", async () => {
  await use("yubikey5", { resets: false, renames: false }, async ({ connection }) => {
    await expect(connection.token.reset!.run()).rejects.toMatchObject({
      code: "token/unsupported",
    });
    const [entry] = await connection.token.slots!.list();
    expect(entry).toBeUndefined();
  });
  await use("yubikey5", { entries: 2 }, async (key) => {
    // The table says 32: what the key itself says counts, and what was done stays done.
    const three = await agreedPlan(key, ["a", "b", "c"].map((title) => request({ title })));
    const outcome = await runPlan(key.connection, three);
    expect(outcome).toMatchObject({
      status: "needs-person",
      error: { code: "token/refused", next: "Erase an entry that is not needed." },
    });
    expect(outcome.slots.map(({ title, holds }) => [title, holds.join()])).toEqual([
      ["a", "new-seed"],
      ["b", "new-seed"],
      ["c", "no-seed"],
    ]);
  });
});

describe("hands", () => {
  test.each(["yubikey5", "canokey", "nitrokey3"])(
    "%s: press, press late, never press",
    async (model) => {
      for (const hands of ["at once", "late", "never"] as const) {
        const time = new ManualTime(systemTime.now());
        const presser = hands === "at once"
          ? {}
          : hands === "late"
          ? { afterMs: 9_000 }
          : { never: true };
        const key = await openKey({
          model: `oath:${model}`,
          drivers: [oath()],
          time,
          personality: { presser },
        });
        const burn = await agreedPlan(key, [request({ touch: true })]);
        expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
        let told = 0;
        const proof = proveByToken(key.connection.token, burn, { onTouch: () => void told++ })
          .then(([one]) => `${one!.match}`, (error: { code: string }) => error.code);
        if (hands !== "at once") {
          await vi.waitUntil(() => key.token.hands.button.blinking);
          time.advance(hands === "late" ? 9_000 : 15_000);
        }
        expect(await proof).toBe(hands === "never" ? "token/wants-touch" : "true");
        expect(told).toBe(1);
        await key[Symbol.asyncDispose]();
      }
    },
  );
});

test("a scenario names quirks by themselves, and what is not said stays", () => {
  const read = (oath: string) =>
    loadScenario(
      `{ "schemaVersion": 1, "tokens": [{ "model": "oath:yubikey5", "personality": { "oath": ${oath} } }] }`,
      { source: "quirks.json" },
    ).tokens[0]!.personality.oath;
  expect(read(`{ "overwrites": false, "wrongPassword": "6A80", "firstCount": 1, "more": "FF" }`))
    .toEqual({ overwrites: false, wrongPassword: 0x6a80, firstCount: 1, more: "FF" });
  expect(read("{}")).toEqual({});
  expect(() => read(`{ "wrongPassword": "9000" }`)).toThrow("quirks.json");
  expect(() => read(`{ "colour": 1 }`)).toThrow("quirks.json");
});

test("a key that renames keeps the time step; one that does not is not harmed", async () => {
  await use("yubikey5", {}, async (key) => {
    const burn = await agreedPlan(key, [request({ period: 60, title: "old" })]);
    expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
    await (key.connection.token as OathToken).rename("old", "new");
    expect(await key.connection.token.slots!.list()).toMatchObject([
      { title: "new", settings: { period: 60 } },
    ]);
  });
  await use("yubikey5", { renames: false }, async (key) => {
    const burn = await agreedPlan(key, [request({ title: "old" })]);
    expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
    await expect((key.connection.token as OathToken).rename("old", "new")).rejects.toMatchObject({
      code: "token/unsupported",
    });
    expect(await key.connection.token.slots!.list()).toMatchObject([{ title: "old" }]);
  });
});
