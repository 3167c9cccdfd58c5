import { createStation, decodeHex, planBurn, runPlan, Secret, systemTime } from "@otpsmith/core";
import {
  parseTokenProfile,
  token2Profile,
  token2Single,
} from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, memoryFlash, memoryTransport } from "@otpsmith/simulator";
import { expect, test } from "vitest";

// The example of the driver's documentation: a label with its own key and its own serial numbers.
const text = JSON.stringify({
  ...token2Profile,
  name: "acme",
  family: "Acme card",
  key: "00112233445566778899AABBCCDDEEFF",
  access: "private-key",
  models: [{
    prefix: "1234567",
    model: "Acme A",
    clockWrite: "clears-seeds",
    source: "data sheet",
  }],
});
const acme = parseTokenProfile(text, { source: "acme.json" });

async function burn(
  profiles: readonly (typeof acme)[],
): Promise<{ status: string; stored: number }> {
  const storage = memoryFlash();
  const token = createVirtualToken({
    model: "token2-single:unknown",
    serial: "12345670000001",
    key: decodeHex(acme.key),
    storage,
    personality: { lockAfter: 1 },
  });
  const station = createStation({
    transports: [memoryTransport({ readers: [{ name: "Desk", token }] })],
    drivers: [token2Single({ profiles })],
  });
  try {
    const connection = await station.connect((await station.endpoints())[0]!);
    const plan = planBurn({
      token: connection.token,
      request: {
        seed: Secret.take(new Uint8Array(20).fill(7)),
        algorithm: "SHA1",
        digits: 6,
        period: 30,
        syncClock: true,
      },
      policy: { now: systemTime.now() },
    });
    const status = plan.ok ? (await runPlan(connection, plan)).status : plan.refusals[0]!.code;
    await connection[Symbol.asyncDispose]();
    return { status, stored: storage.read()?.stored.seed?.length ?? 0 };
  } finally {
    await station[Symbol.asyncDispose]();
  }
}

test("a token under another label is burned with its owner's profile", async () => {
  expect(await burn([acme])).toEqual({ status: "done", stored: 20 });
});

test("without the profile it is never written, and no key is tried", async () => {
  expect(await burn([])).toEqual({ status: "burn/unknown-model", stored: 0 });
});

test("with a wrong key it is asked once, not again, and nothing is lost", async () => {
  expect(await burn([{ ...acme, key: token2Profile.key }])).toEqual({
    status: "stopped",
    stored: 0,
  });
});
