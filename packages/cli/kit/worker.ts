// The process in which a transport is tried: see WorkerProcess. It talks through `process.send`.
import process from "node:process";
import { isProjectError } from "@otpsmith/core/errors";
import { runCases } from "@otpsmith/conformance";
import { exitCodeOf } from "../exit_code.ts";
import { type KitBench, openKitBench } from "./kit_bench.ts";
import type { FromWorker, Job, ToWorker } from "./messages.ts";

function say(message: FromWorker): Promise<void> {
  return new Promise((resolve) => void process.send!(message, undefined, {}, () => resolve()));
}

let answered: (text: string) => void = () => undefined;

/** Has the other process ask whoever sits in front of it. */
async function ask(question: string): Promise<string> {
  const answer = new Promise<string>((resolve) => answered = resolve);
  await say({ is: "asks", question });
  return await answer;
}

async function work(job: Job): Promise<void> {
  let bench: KitBench;
  try {
    bench = await openKitBench(job, { ask, does: (what) => say({ is: "does", what }) });
  } catch (error) {
    if (!isProjectError(error)) throw error; // a module's own: told below
    const { code, message, next } = error;
    return await say({ is: "fails", failure: { code, message, next, exit: exitCodeOf(error) } });
  }
  const { transport, obstacle, cases, host } = bench;
  await say({
    is: "ready",
    transport,
    ...obstacle && { obstacle },
    cases: cases.map(({ id, title, tier }) => ({ id, title, tier })),
  });
  for (const one of cases.filter(({ id }) => !job.done.includes(id))) {
    await say({ is: "begins", id: one.id });
    for await (const result of runCases([one], host)) await say({ is: "ended", result });
  }
  await say({ is: "done" });
}

/** What a module throws where nobody catches it would end this process with a stack trace. */
async function crash(error: unknown): Promise<void> {
  const { name = "something", message = String(error) } = Object(error) as Partial<Error>;
  await say({ is: "crashes", how: `threw ${name}: ${message.split("\n", 1)[0]}` });
  process.exit(1);
}

process.on("uncaughtException", (error) => void crash(error));
process.on("unhandledRejection", (reason) => void crash(reason));
// A terminal sends Ctrl-C to both processes: the other one decides, a token may be half-written.
process.on("SIGINT", () => undefined);
process.on("disconnect", () => process.exit());
process.on("message", (message: ToWorker) => {
  if (message.is === "answer") answered(message.text);
  else void work(message.job);
});
