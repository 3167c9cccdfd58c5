import {
  createStation,
  planBurnAll,
  proveByToken,
  readSlots,
  runPlan,
  Secret,
  systemTime,
  type TokenDriver,
} from "@otpsmith/core";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, memoryFlash, readMolto2Memory } from "@otpsmith/simulator";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";
import { pcsc } from "@otpsmith/transport-pcsc";
import { expect, test } from "vitest";

const COUNT = 100;

test(
  "100 seeds go into a Molto2v2 through the real pcscd, as one plan, each into its slot",
  async () => {
    const storage = memoryFlash();
    const token = createVirtualToken({ model: "token2-molto2:Molto2v2", storage });
    const readers = [{ name: "TOKEN2 Molto2", card: token.card }];
    const exposure = await exposeThroughPcscd({ readers });
    process.env["PCSCLITE_CSOCK_NAME"] = exposure.socket; // before the first call of this process
    const drivers = [token2Single(), token2Molto2()] as TokenDriver[];
    const station = createStation({ transports: [pcsc()], drivers });
    try {
      const [endpoint] = await station.endpoints();
      const connection = await station.connect(endpoint!);
      const seedOf = (slot: number): Secret =>
        Secret.take(new Uint8Array(1 + slot % 63).fill(slot + 1));
      const requests = Array.from({ length: COUNT }, (_, slot) => ({
        seed: seedOf(slot),
        algorithm: slot % 2 ? "SHA256" as const : "SHA1" as const,
        digits: [4, 6, 8, 10][slot % 4]!,
        period: slot % 3 ? 30 : 60,
        syncClock: true,
        slot: "next" as const,
        title: `Slot ${slot}`,
      }));
      const before = token.faults.exchanges;
      const slots = await readSlots(connection.token, requests);
      const plan = planBurnAll({
        token: connection.token,
        requests,
        slots,
        policy: { now: systemTime.now() },
      });
      if (!plan.ok) throw new Error(plan.refusals[0]!.message);
      expect(await runPlan(connection, plan)).toMatchObject({
        status: "done",
        message: "Slots 0 to 99 hold the new seed",
      });
      const proofs = await proveByToken(connection.token, plan);
      expect(proofs.filter(({ level, match }) => level === "presence" && match)).toHaveLength(
        COUNT,
      );
      // Looked at, seed, title, settings, looked at again; and one session for all.
      expect(token.faults.exchanges - before).toBe(5 * COUNT + 2);
      await connection[Symbol.asyncDispose]();
      readMolto2Memory(storage.read()!).slots.forEach(({ seed, digits }, slot) => {
        expect(seed!.equals(seedOf(slot)), `slot ${slot}`).toBe(true);
        expect(token.display(slot).code, `slot ${slot}`).toHaveLength(digits);
      });
    } finally {
      await station[Symbol.asyncDispose]();
      await exposure.stop();
    }
  },
  120_000,
);
