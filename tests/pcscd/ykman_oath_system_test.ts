import {
  planBurn,
  proveByToken,
  readSlots,
  runPlan,
  Secret,
  systemTime,
  type Token,
  totp,
} from "@otpsmith/core";
import { oath, type OathToken } from "@otpsmith/core/drivers/oath";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inOneStep, startYkmanBench, type WitnessedKey, type YkmanBench } from "./ykman.ts";

// The seed of RFC 6238 and no other: the maker's client takes it on its command line.
const SEED = new TextEncoder().encode("12345678901234567890");
const BASE32 = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
const MODELS = ["oath:yubikey5", "oath:canokey", "oath:pico-fido"] as const;

const secret = (text: string): Secret => Secret.take(new TextEncoder().encode(text));
const titles = async (token: Token): Promise<readonly (string | undefined)[]> =>
  (await token.slots!.list()).map(({ title }) => title);

let started: YkmanBench;
beforeAll(async () => {
  started = await startYkmanBench(MODELS, { drivers: [oath()] });
});
afterAll(() => started.stop());

describe.each(MODELS)("ykman and our driver on one %s, through the real pcscd", (model) => {
  let bench: WitnessedKey;
  beforeAll(() => {
    bench = started.key(model);
  });

  test("what ykman wrote, our driver reads, and computes the same codes", async () => {
    const { ykman } = bench;
    await ykman("oath", "accounts", "add", "-f", "Acme:alice", BASE32);
    await ykman("oath", "accounts", "add", "-f", "-o", "HOTP", "-c", "7", "Hot:bob", BASE32);
    const uri = `otpauth://totp/Big:carol?secret=${BASE32}&algorithm=SHA256&digits=8&period=60`;
    await ykman("oath", "accounts", "uri", "-f", uri);
    await bench.withToken(async (token) => {
      expect((await token.slots!.list()).map(({ slot: _, ...rest }) => rest)).toEqual([
        {
          title: "Acme:alice",
          occupied: true,
          type: "totp",
          settings: { algorithm: "SHA1", period: 30 },
        },
        { title: "Hot:bob", occupied: true, type: "hotp", settings: { algorithm: "SHA1" } },
        {
          title: "Big:carol",
          occupied: true,
          type: "totp",
          settings: { algorithm: "SHA256", period: 60 },
        },
      ]);
    });
    const settings = { algorithm: "SHA256", digits: 8, period: 60 } as const;
    const [theirs, ours, right] = await inOneStep(60, async (seconds) => [
      await ykman("oath", "accounts", "code", "-s", "Big:carol"),
      await bench.withToken((token) =>
        token.codes!.compute({ slot: 0, title: "Big:carol", settings }, { seconds })
      ),
      totp(Secret.copyOf(SEED), { ...settings, time: seconds }),
    ]);
    expect([theirs, ours]).toEqual([right, right]);
  });

  test("what our driver burned, ykman lists, and computes the same codes", async () => {
    await bench.withToken(async (token, connection) => {
      const request = {
        seed: Secret.copyOf(SEED),
        algorithm: "SHA256",
        digits: 8,
        period: 60,
        title: "Ours:dora",
        syncClock: true,
      } as const;
      const slots = await readSlots(token, [request]);
      const plan = planBurn({ token, request, slots, policy: { now: systemTime.now() } });
      if (!plan.ok) throw new Error(plan.refusals.map(({ message }) => message).join());
      expect(await runPlan(connection, plan)).toMatchObject({ status: "done" });
      expect(await proveByToken(token, plan)).toMatchObject([{ level: "computed", match: true }]);
    });
    expect(await bench.ykman("oath", "accounts", "list", "-o", "-P"))
      .toContain("60/Ours:dora, TOTP, 60");
    const [theirs, right] = await inOneStep(60, async (seconds) => [
      await bench.ykman("oath", "accounts", "code", "-s", "Ours:dora"),
      totp(Secret.copyOf(SEED), { algorithm: "SHA256", digits: 8, period: 60, time: seconds }),
    ]);
    expect(theirs).toBe(right);
  });

  test("renamed and erased by one, seen by the other", async () => {
    await bench.ykman("oath", "accounts", "rename", "-f", "Acme:alice", "Acme:zed");
    await bench.withToken(async (token) => {
      expect(await titles(token)).toContain("Acme:zed");
      await token.slots!.erase!({ slot: 0, title: "Ours:dora" });
      await (token as OathToken).rename("Big:carol", "Large:carol");
    });
    await bench.ykman("oath", "accounts", "delete", "-f", "Hot:bob");
    expect((await bench.ykman("oath", "accounts", "list")).split("\n").sort())
      .toEqual(["60/Large:carol", "Acme:zed"]);
  });

  test("a password of one counts for the other", async () => {
    const { ykman } = bench;
    await ykman("oath", "access", "change", "-n", "theirs");
    await bench.withToken(async (token) => {
      expect(token.access!.secret).toMatchObject({ required: true });
      await expect(titles(token)).rejects.toMatchObject({ code: "token/bad-key" });
      await token.access!.authenticate({ secret: secret("theirs") });
      expect(await titles(token)).toHaveLength(2);
      await token.access!.rotation!.rotate(secret("ours"), { secret: secret("theirs") });
    });
    await expect(ykman("oath", "accounts", "list", "-p", "theirs")).rejects.toThrow("failed");
    expect(await ykman("oath", "accounts", "list", "-p", "ours")).toContain("Acme:zed");
    await ykman("oath", "access", "change", "-p", "ours", "-n", "next");
    await bench.withToken((token) =>
      token.access!.rotation!.rotate(undefined, { secret: secret("next") })
    );
    expect(await ykman("oath", "accounts", "list")).toContain("Acme:zed");
    await ykman("oath", "access", "change", "-n", "again");
    await ykman("oath", "access", "change", "-p", "again", "-c");
    await bench.withToken(async (token) => expect(await titles(token)).toHaveLength(2));
  });

  test("reset by one, empty for the other, where the application has a reset", async () => {
    if (model === "oath:canokey") {
      await expect(bench.ykman("oath", "reset", "-f")).rejects.toThrow("0x6d00");
      await bench.withToken((token) => Promise.resolve(expect(token.reset).toBeUndefined()));
      return;
    }
    await bench.ykman("oath", "reset", "-f");
    await bench.withToken(async (token) => {
      expect(await titles(token)).toEqual([]);
    });
    await bench.ykman("oath", "accounts", "add", "-f", "Acme:alice", BASE32);
    await bench.withToken((token) => token.reset!.run());
    expect(await bench.ykman("oath", "accounts", "list")).toBe("");
  });
});
