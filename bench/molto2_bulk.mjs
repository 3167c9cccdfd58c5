// @ts-check
import {
  createStation,
  planBurnAll,
  proveByToken,
  readSlots,
  runPlan,
  Secret,
  systemTime,
  wipePlan,
} from "@otpsmith/core";
import { token2Molto2 } from "@otpsmith/core/drivers/token2_molto2";
import { createVirtualToken } from "@otpsmith/simulator";
import { exposeThroughPcscd } from "@otpsmith/simulator/expose";
import { pcsc } from "@otpsmith/transport-pcsc";

export const question =
  "100 seeds into a Molto2v2 through the real pcscd, against the sum of the bare exchanges";

const ROUNDS = 5;
const COUNT = 100;

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const rounds = [];
  const token = createVirtualToken({ model: "token2-molto2:Molto2v2" });
  const exposure = await exposeThroughPcscd({
    readers: [{ name: "TOKEN2 Molto2", card: token.card }],
  });
  process.env["PCSCLITE_CSOCK_NAME"] = exposure.socket;
  try {
    for (let round = 0; round < ROUNDS; round++) rounds.push(await burnAll(token, round));
  } finally {
    await exposure.stop();
  }
  const ratios = rounds.map(({ whole, bare }) => whole / bare).sort((a, b) => a - b);
  const middle = (/** @type {number[]} */ values) =>
    [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? NaN;
  return [{
    name: `reading, writing and checking ${COUNT} slots (${rounds[0]?.exchanges} exchanges)`,
    unit: "ms",
    aim: 1.2,
    measured: middle(rounds.map(({ whole }) => whole)),
    peer: middle(rounds.map(({ bare }) => bare)),
    ratio: middle(ratios),
    quartiles: [ratios[1] ?? NaN, ratios[ROUNDS - 2] ?? NaN],
    rounds: ROUNDS,
  }];
}

/**
 * Burns all slots and looks at each afterwards. `whole` is the time from the first question to the last
 * answer, `bare` what of it was spent in the transport's own exchanges.
 *
 * @param {import("@otpsmith/simulator").VirtualToken} token
 * @param {number} round
 */
async function burnAll(token, round) {
  let bare = 0;
  let exchanges = 0;
  const transport = pcsc();
  const timed = {
    ...transport,
    name: transport.name,
    probe: transport.probe.bind(transport),
    watch: transport.watch.bind(transport),
    [Symbol.asyncDispose]: () => transport[Symbol.asyncDispose](),
    list: async () =>
      (await transport.list()).map((endpoint) => ({
        ...endpoint,
        open: async (/** @type {object} */ options) => {
          const link =
            /** @type {import("@otpsmith/core").ApduLink} */ (await endpoint.open(options));
          return {
            kind: link.kind,
            medium: link.medium,
            limits: link.limits,
            closed: link.closed,
            [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
            transceive: async (/** @type {Uint8Array} */ command, /** @type {object} */ call) => {
              const begin = performance.now();
              try {
                return await link.transceive(command, call);
              } finally {
                bare += performance.now() - begin;
                exchanges++;
              }
            },
          };
        },
      })),
  };
  const station = createStation({
    transports: [
      /** @type {import("@otpsmith/core").Transport} */ (/** @type {unknown} */ (timed)),
    ],
    drivers: [/** @type {import("@otpsmith/core").TokenDriver} */ (token2Molto2())],
  });
  const [survey] = await station.survey(await station.endpoints());
  const connection = survey?.connection;
  if (!connection) throw survey?.error ?? new Error("The station found no token");
  const slots = Array.from({ length: COUNT }, (_, slot) => slot);
  const requests = slots.map((slot) => ({
    seed: Secret.take(new Uint8Array(20).fill(slot + round)),
    algorithm: /** @type {const} */ ("SHA1"),
    digits: 6,
    period: 30,
    syncClock: true,
    slot,
    title: `Account ${slot}`,
  }));
  bare = 0;
  exchanges = 0;
  const begin = performance.now();
  const plan = planBurnAll({
    token: connection.token,
    requests,
    slots: await readSlots(connection.token, requests),
    policy: { now: systemTime.now(), replace: slots },
  });
  if (!plan.ok) throw new Error(plan.refusals.map(({ message }) => message).join());
  const { status, message } = await runPlan(connection, plan);
  if (status !== "done") throw new Error(message);
  const proofs = await proveByToken(connection.token, plan);
  const whole = performance.now() - begin;
  if (!proofs.every(({ match }) => match)) throw new Error("A slot holds something else");
  if (slots.some((slot) => token.display(slot).code === null)) throw new Error("A slot is empty");
  wipePlan(plan);
  await connection[Symbol.asyncDispose]();
  await station[Symbol.asyncDispose]();
  return { whole, bare, exchanges };
}
