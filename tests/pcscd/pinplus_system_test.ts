import {
  createStation,
  planBurn,
  proveByToken,
  readSlots,
  runPlan,
  Secret,
  systemTime,
  type TokenConnection,
  type TokenDriver,
  totp,
} from "@otpsmith/core";
import { oath } from "@otpsmith/core/drivers/oath";
import { token2PinPlus } from "@otpsmith/core/drivers/token2_pinplus";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, memoryFlash } from "@otpsmith/simulator";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";
import { pcsc } from "@otpsmith/transport-pcsc";
import { expect, test } from "vitest";

const SEED = new TextEncoder().encode("12345678901234567890");
const pin = (): Secret => Secret.take(new TextEncoder().encode("135792"));
const MODELS = ["pin-plus", "pin-plus-without-pin", "applet"] as const;

async function burn(connection: TokenConnection, secret?: Secret): Promise<void> {
  const settings = { algorithm: "SHA256", digits: 8, period: 60 } as const;
  const title = "Acme:alice";
  const request = { seed: Secret.copyOf(SEED), ...settings, syncClock: true, title };
  const { token } = connection;
  const slots = await readSlots(token, [request]);
  const policy = { now: systemTime.now(), secretGiven: secret !== undefined, replace: [title] };
  const plan = planBurn({ token, request, slots, policy });
  if (!plan.ok) throw new Error(plan.refusals[0]!.message);
  expect(await runPlan(connection, plan, { secret })).toMatchObject({ status: "done" });
  expect(await proveByToken(token, plan)).toMatchObject([{ level: "computed", match: true }]);
  // Not a time of long ago: a PIN opens a key for five minutes of the time that it is told.
  const seconds = Math.floor(systemTime.now() / 1000);
  const code = await token.codes!.compute({ slot: 0, title, settings }, { seconds });
  expect(code).toBe(totp(Secret.copyOf(SEED), { ...settings, time: seconds }));
  expect(await token.slots!.list()).toMatchObject([{ title, settings }]);
}

test(
  "Token2 keys through the real pcscd: entries are burned, proven and erased, with a PIN and without",
  async () => {
    const keys = MODELS.map((model) => {
      const storage = memoryFlash();
      return createVirtualToken({ model: `token2-pinplus:${model}`, storage });
    });
    const readers = keys.map(({ card }, i) => ({ name: `TOKEN2 FIDO2 Key ${i}`, card }));
    const exposure = await exposeThroughPcscd({ readers });
    process.env["PCSCLITE_CSOCK_NAME"] = exposure.socket; // before the first call of this process
    // The drivers that are asked before it see a stranger, and say so.
    const drivers = [token2Single(), oath(), token2PinPlus()] as TokenDriver[];
    const station = createStation({ transports: [pcsc()], drivers });
    try {
      for (const [i, model] of MODELS.entries()) {
        const endpoint = (await station.endpoints()).find(({ label }) =>
          label.includes(`Key ${i}`)
        );
        const connection = await station.connect(endpoint!);
        expect(connection.token.identity).toMatchObject({
          driver: "token2_pinplus",
          serial: keys[i]!.serial,
        });
        await burn(connection);
        if (model === "pin-plus") {
          await connection.token.access!.rotation!.rotate(pin());
          await connection.reopen();
          expect(connection.token.access!.secret).toMatchObject({ required: true });
          await connection.token.access!.authenticate({ secret: pin() });
          await burn(connection, pin());
        }
        await connection.token.slots!.erase!({ slot: 0, title: "Acme:alice" });
        expect(await connection.token.slots!.list()).toEqual([]);
        await connection[Symbol.asyncDispose]();
      }
    } finally {
      await station[Symbol.asyncDispose]();
      await exposure.stop();
    }
  },
  120_000,
);
