import {
  ManualTime,
  planErase,
  proveByToken,
  runPlan,
  Secret,
  systemTime,
  type TouchWanted,
} from "@otpsmith/core";
import { oath } from "@otpsmith/core/drivers/oath";
import { type Presser, SECURITY_KEY_MODELS } from "@otpsmith/simulator";
import { describe, expect, test, vi } from "vitest";
import { agreedPlan, type KeyBench, openKey, plan, refusals, request, SEED } from "./key_bench.ts";

// The Nitrokey 3 has a PIN in the place of the password, and a test of its own.
const MODELS = SECURITY_KEY_MODELS.filter(({ secrets }) => !secrets).map(({ name }) => name);
const open = (model: string, options: Partial<Parameters<typeof openKey>[0]> = {}) =>
  openKey({ model: `oath:${model}`, drivers: [oath()], ...options });
const password = (text: string): Secret => Secret.take(new TextEncoder().encode(text));
const titles = async ({ connection }: KeyBench): Promise<(string | undefined)[]> =>
  (await connection.token.slots!.list()).map(({ title }) => title);

async function use(key: KeyBench, work: (key: KeyBench) => Promise<void>): Promise<void> {
  try {
    await work(key);
  } finally {
    await key[Symbol.asyncDispose]();
  }
}

describe.each(MODELS)("%s", (model) => {
  test("a burn is proven by the token itself; the same name is replaced with consent alone", async () => {
    await use(await open(model), async (key) => {
      const { connection } = key;
      for (const [period, digits, algorithm] of [[30, 6, "SHA1"], [60, 8, "SHA256"]] as const) {
        const wish = request({ period, digits, algorithm, title: `Acme:${period}` });
        const burn = await agreedPlan(key, [wish]);
        expect(burn.destroys).toEqual([]);
        expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
        expect(await proveByToken(connection.token, burn)).toMatchObject([
          { level: "computed", match: true },
        ]);
      }
      expect(await titles(key)).toEqual(["Acme:30", "Acme:60"]);
      const again = request({ title: "Acme:60", seed: SEED.map((byte) => byte ^ 1) });
      expect(await refusals(key, [again])).toEqual(["burn/slot-occupied"]);
      const replace = await agreedPlan(key, [again], { replace: ["Acme:60"] });
      expect(replace.destroys).toHaveLength(1);
      expect(await runPlan(connection, replace)).toMatchObject({ status: "done" });
      expect(await proveByToken(connection.token, replace)).toMatchObject([{ match: true }]);
      expect(await titles(key)).toEqual(["Acme:30", "Acme:60"]); // and not both time steps
    });
  });

  test("entries are erased, by the name that is shown", async () => {
    await use(await open(model), async (key) => {
      const { connection } = key;
      const burn = await agreedPlan(key, [
        request({ title: "a" }),
        request({ title: "b", period: 60 }),
      ]);
      expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
      const slots = (await connection.token.slots!.list()).filter(({ title }) => title === "b");
      const erase = planErase({
        token: connection.token,
        slots,
        policy: { now: systemTime.now() },
      });
      if (!erase.ok) throw new Error("refused");
      expect(await runPlan(connection, erase)).toMatchObject({ status: "done" });
      expect(await titles(key)).toEqual(["a"]);
    });
  });

  test("a password is set, asked for, refused, changed and taken away", async () => {
    await use(await open(model), async (key) => {
      const { connection } = key;
      const { rotation } = connection.token.access!;
      await rotation!.rotate(password("first"));
      expect(await titles(key)).toEqual([]); // open for the rest of this session
      await connection.reopen();
      expect(connection.token.access!.secret).toMatchObject({ kind: "password", required: true });
      expect(connection.token.traits!.access).toBe("password");
      await expect(titles(key)).rejects.toMatchObject({ code: "token/bad-key" });
      await expect(connection.token.access!.authenticate()).rejects.toMatchObject({
        code: "token/bad-key",
      });
      await expect(connection.token.access!.authenticate({ secret: password("wrong") }))
        .rejects.toMatchObject({ code: "token/bad-key" });
      await connection.token.access!.authenticate({ secret: password("first") });
      const policy = { secretGiven: true };
      const burn = await agreedPlan(key, [request()], policy);
      const secret = password("first");
      expect(await runPlan(connection, burn, { secret })).toMatchObject({ status: "done" });
      await connection.token.access!.rotation!.rotate(password("second"), { secret });
      await connection.reopen();
      await expect(connection.token.access!.rotation!.rotate(undefined, { secret }))
        .rejects.toMatchObject({ code: "token/bad-key" });
      await connection.token.access!.rotation!.rotate(undefined, { secret: password("second") });
      await connection.reopen();
      expect(connection.token.access!.secret).toMatchObject({ required: false });
      expect(await titles(key)).toEqual(["Acme:alice"]);
      expect(key.trace.map(({ text }) => text).join("\n")).not.toContain("3132333435363738");
    });
  });

  test("a full key and a long list", async () => {
    await use(await open(model), async (key) => {
      const { connection } = key;
      const { count } = connection.token.traits!.slots;
      const names = Array.from({ length: count }, (_, i) => `${i}:${"n".repeat(50)}`);
      const burn = await agreedPlan(key, names.map((title) => request({ title })));
      expect(await runPlan(connection, burn)).toMatchObject({ status: "done" });
      expect(await titles(key)).toEqual(names);
      expect(await refusals(key, [request({ title: "more" })])).toEqual(["burn/full"]);
    });
  }, 60_000);
});

test("what a model cannot do is refused before anything is sent", async () => {
  await use(await open("yubikey-neo"), async (key) => {
    const { exchanges } = key.token.faults;
    expect(await refusals(key, [request({ algorithm: "SHA512" })])).toEqual(["burn/algorithm"]);
    expect(await refusals(key, [request({ digits: 9 })])).toEqual(["burn/digits"]);
    expect(await refusals(key, [request({ touch: true })])).toEqual(["burn/touch"]);
    expect(await refusals(key, [request({ title: "n".repeat(65) })])).toEqual(["burn/title"]);
    expect(await refusals(key, [request({ title: "n".repeat(62), period: 60 })])).toEqual([
      "burn/title",
    ]);
    expect(await refusals(key, [request({ title: "" })])).toEqual(["burn/title"]);
    expect(await refusals(key, [request({ period: 7 })])).toEqual(["burn/period"]);
    expect(key.token.faults.exchanges - exchanges).toBe(7); // the lists, and nothing else
    expect(await refusals(key, [request({ title: "n".repeat(61), period: 60 })])).toEqual([]);
  });
  await use(await open("yubikey5"), async (key) => {
    const seed = new Uint8Array(65).fill(7);
    expect(await refusals(key, [request({ seed, algorithm: "SHA512" })])).toEqual([
      "burn/seed-too-long",
    ]);
    const folded = await plan(key, [request({ seed })]);
    expect(folded).toMatchObject({
      ok: true,
      notes: [{ code: "burn/folded-seed" }, { code: "burn/no-clock" }],
    });
  });
});

describe("a touch", () => {
  /** Burns an entry that wants one, and asks for its code later, when nothing is known of it any more. */
  async function ask(personality: { readonly presser?: Presser }): Promise<{
    readonly key: KeyBench;
    readonly asked: Promise<string>;
    readonly wanted: readonly TouchWanted[];
    readonly host: ManualTime;
    readonly own: ManualTime;
  }> {
    const host = new ManualTime(systemTime.now());
    const own = new ManualTime(systemTime.now());
    const key = await open("yubikey5", { personality, time: own, stationTime: host });
    const burn = await agreedPlan(key, [request({ touch: true })]);
    expect(await runPlan(key.connection, burn)).toMatchObject({ status: "done" });
    await key.connection.reopen();
    const wanted: TouchWanted[] = [];
    const onTouch = (one: TouchWanted): void => void wanted.push(one);
    const asked = proveByToken(key.connection.token, burn, { onTouch })
      .then(([proof]) => `${proof!.match}`, (error: { code: string }) => error.code);
    return { key, asked, wanted, host, own };
  }

  test("at once: nobody is told", async () => {
    const { key, asked, wanted } = await ask({});
    expect([await asked, wanted]).toEqual(["true", []]);
    await key[Symbol.asyncDispose]();
  });

  test("late: the person is told, once", async () => {
    const { key, asked, wanted, host } = await ask({ presser: { byHand: true } });
    await vi.waitUntil(() => key.token.hands.button.blinking);
    expect(wanted).toEqual([]);
    host.advance(1000);
    expect(wanted).toMatchObject([{ hand: "tap", tells: true }]);
    key.token.hands.press();
    expect(await asked).toBe("true");
    expect(wanted).toHaveLength(1);
    await key[Symbol.asyncDispose]();
  });

  test("never: that is said, and the entry is there", async () => {
    const { key, asked, own } = await ask({ presser: { never: true } });
    await vi.waitUntil(() => key.token.hands.button.blinking);
    own.advance(15_000);
    expect(await asked).toBe("token/wants-touch");
    expect(await titles(key)).toEqual(["Acme:alice"]);
    await key[Symbol.asyncDispose]();
  });
});

test("the serial number is the printed one, or made of the id", async () => {
  await use(await open("yubikey5", { serial: "00012345" }), ({ connection }) => {
    expect(connection.token.identity).toMatchObject({
      serial: "12345",
      model: "YubiKey 5 (5.4.3)",
    });
    return Promise.resolve();
  });
  for (const model of ["canokey", "pico-fido"]) {
    await use(await open(model), ({ connection }) => {
      expect(connection.token.identity.serial).toMatch(/^[A-Za-z0-9+/]{22}$/);
      return Promise.resolve();
    });
  }
});

test("a reset takes everything", async () => {
  await use(await open("yubikey5"), async (key) => {
    const { connection } = key;
    await connection.token.access!.rotation!.rotate(password("first"));
    expect(
      await runPlan(connection, await agreedPlan(key, [request()], { secretGiven: true }), {
        secret: password("first"),
      }),
    )
      .toMatchObject({ status: "done" });
    await connection.token.reset!.run();
    expect(await titles(key)).toEqual([]);
  });
  await use(await open("canokey"), ({ connection }) => {
    expect(connection.token.reset).toBeUndefined();
    return Promise.resolve();
  });
});
