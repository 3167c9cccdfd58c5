// @ts-check
import { driverCases, EchoCard, runCases, transportCases } from "@otpsmith/conformance";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { createVirtualToken, memoryTransport, tokensUnderTest } from "@otpsmith/simulator";
import { pcsc } from "@otpsmith/transport-pcsc";
import { spawn } from "node:child_process";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";

export const question = "Seconds that the conformance kit takes, against the three that are wanted";

/** What somebody who waits for it does not mind, in seconds. */
const WANTED = 3;
const MODEL = "token2-single:C302-i";
const ALL = /** @type {const} */ ([0, 1, 2, 3, 4]);

/** @returns {Promise<import("./_report.mjs").Row[]>} */
export async function measure() {
  const kit = await seconds(() => runCases(transportCases, { ...inProcess(), tiers: ALL }));
  const driver = await seconds(() =>
    runCases(driverCases, {
      setup: async () => ({
        driver: token2Single(),
        tokens: tokensUnderTest({ model: MODEL }),
      }),
      supports: { golden: "bytes are no question of time", "unknown-model": "nor is this" },
    })
  );
  const daemon = await throughPcscd();
  return [
    row("transport cases of all tiers, in process", kit, 1),
    row("driver cases with all three fault sweeps, in process", driver),
    row("transport cases of tiers 0 and 1, over the real pcscd", daemon),
  ];
}

/** @param {() => AsyncIterable<import("@otpsmith/conformance").CaseResult>} run */
async function seconds(run) {
  const start = performance.now();
  let kept = 0;
  for await (const result of run()) {
    if (result.outcome === "broken") throw new Error(`${result.id}: ${result.why}`);
    if (result.outcome === "kept") kept++;
  }
  return { taken: (performance.now() - start) / 1000, kept };
}

/**
 * @param {string} name
 * @param {{ taken: number, kept: number }} result
 * @param {number} [aim]
 * @returns {import("./_report.mjs").Row}
 */
function row(name, { taken, kept }, aim) {
  const ratio = taken / WANTED;
  return {
    name: `${name}: ${kept} kept`,
    unit: "s",
    measured: taken,
    peer: WANTED,
    ratio,
    quartiles: [ratio, ratio],
    rounds: 1,
    aim,
  };
}

/** @returns {import("@otpsmith/conformance").CaseHost<import("@otpsmith/conformance").TransportSetup>} */
function inProcess() {
  return {
    supports: { child: "nothing in process keeps a process alive" },
    setup: async () => {
      const card = new EchoCard();
      const tokens = [1, 2].map((ordinal) => createVirtualToken({ model: MODEL, ordinal }));
      const [first, second] = /** @type {[typeof tokens[0], typeof tokens[0]]} */ (tokens);
      const transport = memoryTransport({
        readerTimeoutMs: 400,
        readers: [
          { name: "Echo", card },
          { name: "Twin", card: new EchoCard() },
          { name: "Empty" },
          { name: "Desk", token: first },
          { name: "Desk too", token: second },
        ],
      });
      let plugged = true;
      const drivers = [token2Single()];
      const onDisplay = (/** @type {typeof first} */ token) => async () => {
        token.hands.powerCycle();
        return token.display().text;
      };
      return {
        transport,
        echo: "Echo",
        twin: "Twin",
        absent: "Empty",
        refuses: ["Empty"],
        hands: {
          plug: async (present) => {
            if (present && !plugged) transport.plug({ name: "Echo", card });
            if (!present) transport.unplug("Echo");
            plugged = present;
          },
          card: async (present) => void (card.present = present),
        },
        token: { endpoint: "Desk", drivers },
        burn: {
          endpoint: "Desk",
          drivers,
          serial: first.serial,
          display: onDisplay(first),
          twin: { endpoint: "Desk too", serial: second.serial, display: onDisplay(second) },
        },
      };
    },
  };
}

/** The echo card is in a process of its own: a synchronous call here would wait for itself. */
async function throughPcscd() {
  const program = fileURLToPath(new URL("./_card_process.mjs", import.meta.url));
  const child = spawn(process.execPath, [program], { stdio: ["pipe", "pipe", "inherit"] });
  try {
    const { value, done } = await createInterface(child.stdout)[Symbol.asyncIterator]().next();
    if (done) throw new Error("The card's process has ended");
    const { socket, reader } = JSON.parse(value);
    process.env["PCSCLITE_CSOCK_NAME"] = socket; // before the first call: libpcsclite reads it once
    return await seconds(() =>
      runCases(transportCases, {
        setup: async () => ({ transport: pcsc(), echo: reader }),
        supports: {
          absent: "one reader is enough",
          refuses: "one reader is enough",
          child: "processes take their own time",
          silence: "the exact card of this bench stops its process while it waits",
        },
      })
    );
  } finally {
    child.stdin.end();
  }
}
