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
import { yubikeySlots, type YubiKeySlotsToken } from "@otpsmith/core/drivers/yubikey_slots";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { inOneStep, startYkmanBench, type WitnessedKey, type YkmanBench } from "./ykman.ts";

// The seed of RFC 6238 and no other: the maker's client takes it on its command line.
const SEED = new TextEncoder().encode("12345678901234567890");
const HEX = "3132333435363738393031323334353637383930";
const MODELS = ["oath:yubikey5", "oath:pico-fido"] as const;

const used = async (token: Token): Promise<readonly boolean[]> =>
  (await token.slots!.list()).map(({ occupied }) => occupied);

let started: YkmanBench;
beforeAll(async () => {
  started = await startYkmanBench(MODELS, { drivers: [yubikeySlots()] });
});
afterAll(() => started.stop());

describe.each(MODELS)(
  "ykman and our driver on the slots of one %s, through the real pcscd",
  (model) => {
    let key: WitnessedKey;
    beforeAll(() => {
      key = started.key(model);
    });

    const settings = { algorithm: "SHA1", digits: 8, period: 30 } as const;
    const ours = (slot: number, seconds: number): Promise<string> =>
      key.withToken((token) => token.codes!.compute({ slot, settings }, { seconds }));
    const theirs = (slot: number): Promise<string> =>
      key.ykman("otp", "calculate", "--totp", "--digits", "8", `${slot}`);
    const right = (seconds: number): string =>
      totp(Secret.copyOf(SEED), { ...settings, time: seconds });

    test("what ykman wrote, our driver reads, and computes the same codes", async () => {
      await key.ykman("otp", "chalresp", "-f", "2", HEX);
      await key.withToken(async (token) => expect(await used(token)).toEqual([false, true]));
      const codes = await inOneStep(30, async (seconds) => [
        await theirs(2),
        await ours(2, seconds),
        right(seconds),
      ]);
      expect(new Set(codes).size).toBe(1);
    });

    test("what our driver burned, ykman sees, and computes the same codes", async () => {
      await key.withToken(async (token, connection) => {
        const request = {
          ...settings,
          seed: Secret.copyOf(SEED),
          slot: "next",
          syncClock: true,
        } as const;
        const slots = await readSlots(token, [request]);
        const plan = planBurn({ token, request, slots, policy: { now: systemTime.now() } });
        if (!plan.ok) throw new Error(plan.refusals.map(({ message }) => message).join());
        expect(plan.entries[0]!.slot).toBe(1);
        expect(await runPlan(connection, plan)).toMatchObject({ status: "done" });
        expect(await proveByToken(token, plan)).toMatchObject([{ level: "computed", match: true }]);
      });
      expect(await key.ykman("otp", "info")).toMatch(/Slot 1: programmed\s+Slot 2: programmed/);
      const codes = await inOneStep(30, async (seconds) => [await theirs(1), right(seconds)]);
      expect(codes[0]).toBe(codes[1]);
    });

    test("an access code of one counts for the other", async () => {
      await key.ykman("otp", "settings", "-f", "-A", "010203040506", "2");
      const code = Secret.take(Uint8Array.of(1, 2, 3, 4, 5, 6));
      await key.withToken(async (token) => {
        await expect(token.slots!.erase!({ slot: 2 })).rejects.toMatchObject({
          code: "token/refused",
        });
        await token.access!.authenticate({ secret: code });
        await (token as YubiKeySlotsToken).protect(2, { seed: Secret.copyOf(SEED) });
        await token.slots!.erase!({ slot: 1 });
        expect(await used(token)).toEqual([false, true]);
        const next = Secret.take(Uint8Array.of(6, 5, 4, 3, 2, 1));
        await (token as YubiKeySlotsToken).protect(2, { seed: Secret.copyOf(SEED), next });
      });
      await expect(key.ykman("otp", "delete", "-f", "2")).rejects.toThrow();
      await key.ykman("otp", "--access-code", "060504030201", "delete", "-f", "2");
      await key.withToken(async (token) => expect(await used(token)).toEqual([false, false]));
    });

    test("a slot that types HOTP and the places of slots are ykman's to change", async () => {
      await key.ykman("otp", "hotp", "-f", "-c", "16", "1", "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
      await key.withToken(async (token) => {
        expect(await used(token)).toEqual([true, false]);
        await expect(token.codes!.compute({ slot: 1, settings }, { seconds: 59 })).rejects
          .toMatchObject({
            code: "token/refused",
          });
      });
      await key.ykman("otp", "swap", "-f");
      await key.withToken(async (token) => expect(await used(token)).toEqual([false, true]));
    });
  },
);
