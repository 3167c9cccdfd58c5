// A whole burn through ccid(), under the preload library: tells what came of it.
import { planBurn, runPlan } from "@otpsmith/core/burn";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { Secret } from "@otpsmith/core/secret";
import { createStation } from "@otpsmith/core/station";
import { systemTime } from "@otpsmith/core/time";
import { ccid } from "@otpsmith/transport-usb";
import { hear, tell } from "../../../tests/usb/preload/told.ts";

const trace: unknown[] = [];
const station = createStation({
  transports: [ccid()],
  drivers: [token2Single()],
  trace: (event) => trace.push(event),
});
const [endpoint] = await station.endpoints();
const connection = await station.connect(endpoint!);
tell(connection.token.identity.serial);
const seed = Secret.copyOf(Uint8Array.from(await hear() as readonly number[]));
const plan = planBurn({
  token: connection.token,
  request: { seed, algorithm: "SHA1", digits: 6, period: 30, syncClock: true },
  policy: { now: systemTime.now() },
});
if (!plan.ok) throw new Error(JSON.stringify(plan));
const { status, holds, error, next } = await runPlan(connection, plan, { reopenWithinMs: 500 });
await connection[Symbol.asyncDispose]();
await station[Symbol.asyncDispose]();
tell({ status, holds, code: error?.code, next, trace: JSON.stringify(trace) });
