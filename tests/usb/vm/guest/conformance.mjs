// @ts-check
/** Runs the conformance cases over a kind of link, and prints numbered lines of JSON. What it wishes, the host does. */
import { once } from "node:events";
import { createInterface } from "node:readline";
import { inChild } from "@otpsmith/conformance/child";
import { runAllCases } from "../../conformance_run.mjs";
import { echoTransport } from "./echo_transport.mjs";

const kind = /** @type {import("@otpsmith/core/link").LinkKind} */ (process.argv[2]);
const labels = JSON.parse(process.env["TEST_LABELS"] ?? "");
const answers = createInterface({ input: process.stdin });
let lines = 0;

/** @param {object} message */
function tell(message) {
  console.log(`${++lines} ${JSON.stringify(message)}`);
}

const results = runAllCases({
  kind,
  labels,
  transport: () => echoTransport(kind),
  child: inChild({
    module: new URL("./echo_transport.mjs", import.meta.url),
    create: "echoTransport",
    options: kind,
    echo: labels.echo,
  }),
  ask: async (wish) => {
    tell({ wish });
    await once(answers, "line");
  },
});
for await (const result of results) tell({ result });
tell({ done: true });
answers.close();
process.stdin.destroy();
