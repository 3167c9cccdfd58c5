// @ts-check
/** Burns the seed that stands in the environment (in hexadecimal, of a test) through `ccid()`. */
import { createStation, planBurn, runPlan, Secret, systemTime } from "@otpsmith/core";
import { decodeHex } from "@otpsmith/core/bytes";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { ccid } from "@otpsmith/transport-usb";

const station = createStation({ transports: [ccid()], drivers: [token2Single()] });
const [endpoint] = await station.endpoints();
if (!endpoint) throw new Error("there is no reader");
const connection = await station.connect(endpoint);
const plan = planBurn({
  token: connection.token,
  request: {
    seed: Secret.copyOf(decodeHex(process.env["TEST_SEED"] ?? "")),
    algorithm: "SHA1",
    digits: 6,
    period: 30,
    syncClock: true,
  },
  policy: { now: systemTime.now() },
});
if (!plan.ok) throw new Error(plan.refusals.map(({ code }) => code).join());
const { status, holds } = await runPlan(connection, plan);
console.log("burned", status, holds.join());
await connection[Symbol.asyncDispose]();
await station[Symbol.asyncDispose]();
