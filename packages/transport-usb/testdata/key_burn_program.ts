// A seed for a security key through hid(), under the preload library: tells what came of it.
import { planBurnAll, proveByToken, readSlots, runPlan } from "@otpsmith/core/burn";
import { nitrokeyPro } from "@otpsmith/core/drivers/nitrokey_pro";
import { yubikeySlotsHid } from "@otpsmith/core/drivers/yubikey_slots";
import { Secret } from "@otpsmith/core/secret";
import { createStation } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import { hid } from "@otpsmith/transport-usb";
import { hear, tell } from "../../../tests/usb/preload/told.ts";

const station = createStation({ transports: [hid()], drivers: [nitrokeyPro(), yubikeySlotsHid()] });
const [endpoint] = await station.endpoints();
const connection = await station.connect(endpoint!);
const { token } = connection;
tell(token.identity.driver);
const seed = Secret.copyOf(Uint8Array.from(await hear() as readonly number[]));
const settings = { algorithm: "SHA1", digits: 6, period: 30, syncClock: true } as const;
// Of the two only the Nitrokey has titles, and a PIN.
const pin = token.identity.driver === "nitrokey_pro" ? "12345678" : undefined;
const title = pin === undefined ? {} : { title: "Acme" };
const requests = [{ seed, slot: "next" as const, ...settings, ...title }];
const plan = planBurnAll({
  token,
  requests,
  slots: await readSlots(token, requests),
  policy: { now: systemTime.now(), secretGiven: true },
});
if (!plan.ok) throw new Error(JSON.stringify(plan.refusals));
const secret = pin === undefined ? undefined : Secret.take(new TextEncoder().encode(pin));
const { status } = await runPlan(connection, plan, { secret });
tell({ status, proofs: await proveByToken(token, plan) });
await connection[Symbol.asyncDispose]();
await station[Symbol.asyncDispose]();
