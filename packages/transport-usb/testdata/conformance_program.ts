// The conformance cases, under the preload library: tells each result.
import process from "node:process";
import type { ChildProgram } from "@otpsmith/conformance";
import { hear, tell } from "../../../tests/usb/preload/told.ts";
import { type Labels, runAllCases } from "../../../tests/usb/conformance_run.mjs";
import { laneTransport, type Tried } from "./lane_transport.ts";

/** Has the test do something, and waits for what comes of it. */
async function ask<T>(request: object): Promise<T> {
  tell(request);
  return await hear() as T;
}

const [tried, labels] = process.argv.slice(2) as [Tried, string];
const results = runAllCases({
  kind: tried === "ccid" ? "apdu" : tried,
  labels: JSON.parse(labels) as Labels,
  transport: () => laneTransport(tried),
  child: (program: ChildProgram) => ask<"ended" | "hung" | "failed">({ child: program }),
  ask: (wish) => ask<void>({ wish }),
});
for await (const result of results) tell({ result });
tell({ done: true });
