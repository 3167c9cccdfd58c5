// A whole burn through hid(), under the preload library: tells what came of it.
import { planBurn, proveByToken, readSlots, runPlan } from "@otpsmith/core/burn";
import { token2PinPlusHid } from "@otpsmith/core/drivers/token2_pinplus";
import { Secret } from "@otpsmith/core/secret";
import { createStation } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import { hid } from "@otpsmith/transport-usb";
import { hear, tell } from "../told.ts";

const trace: unknown[] = [];
const station = createStation({
  transports: [hid()],
  drivers: [token2PinPlusHid()],
  trace: (event) => trace.push(event),
});
const endpoints = await station.endpoints();
tell(endpoints.map(({ kind, label }) => ({ kind, label })));
const connection = await station.connect(endpoints[0]!);
const { token } = connection;
tell(token.identity);
const seed = Secret.copyOf(Uint8Array.from(await hear() as readonly number[]));
const settings = { algorithm: "SHA1", digits: 6, period: 30 } as const;
const request = { seed, ...settings, syncClock: true, title: "Acme:alice" };
const plan = planBurn({
  token,
  request,
  slots: await readSlots(token, [request]),
  policy: { now: systemTime.now() },
});
if (!plan.ok) throw new Error(JSON.stringify(plan));
const { status, holds } = await runPlan(connection, plan, { reopenWithinMs: 500 });
const [proof] = await proveByToken(token, plan);
const slots = await token.slots!.list();
await connection[Symbol.asyncDispose]();
await station[Symbol.asyncDispose]();
tell({
  status,
  holds,
  proof: { level: proof?.level, match: proof?.match },
  slots,
  trace: JSON.stringify(trace),
});
