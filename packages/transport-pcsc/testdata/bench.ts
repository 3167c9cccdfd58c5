// A process of its own with a private pcscd and echo cards in its readers, told what to do by the test
// that forked it. Of its own, because a synchronous PC/SC call in the test's process waits for the card.
import { EchoCard } from "@otpsmith/conformance";
import { createVirtualToken } from "@otpsmith/simulator";
import { exposeThroughPcscd, exposeThroughVpcd, type Exposure } from "@otpsmith/simulator/expose";
import type { BenchCommand, BenchReply } from "./bench_process.ts";

const [driver, ...names] = process.argv.slice(2);
const tokens = names.map((name, index) =>
  name.startsWith("Token")
    ? createVirtualToken({ model: "token2-single:C302-i", ordinal: index + 1 })
    : undefined
);
const cards = names.map((name, index) =>
  name.endsWith("empty") || tokens[index] ? undefined : new EchoCard()
);
const readers = names.map((name, index) => ({ name, card: tokens[index]?.card ?? cards[index] }));
const exposure: Exposure = driver === "vpcd"
  ? await exposeThroughVpcd({ readers })
  : await exposeThroughPcscd({ readers, cardTimeoutMs: 1_500 });

const token = (reader: string | undefined) => tokens[exposure.readers.indexOf(reader!)]!;
const obey: Record<
  BenchCommand["do"],
  (command: BenchCommand) => string | void | Promise<string | void>
> = {
  serial: ({ reader }) => token(reader).serial,
  display: ({ reader }) => {
    token(reader).hands.powerCycle();
    return token(reader).display().text;
  },
  insert: ({ reader }) => void (cards[exposure.readers.indexOf(reader!)]!.present = true),
  remove: ({ reader }) => void (cards[exposure.readers.indexOf(reader!)]!.present = false),
  swap: ({ reader }) => {
    const card = cards[exposure.readers.indexOf(reader!)]!;
    card.present = false;
    card.present = true;
  },
  restart: () => exposure.restartDaemon(),
  kill: ({ signal }) => exposure.killDaemon(signal ?? "SIGTERM"),
  stop: async () => {
    await exposure.stop();
    process.exit(0); // a card that is to be silent for a minute keeps a timer
  },
};

process.on("message", (command: BenchCommand) => void carryOut(command));
process.on("disconnect", () => void exposure.stop().catch(() => undefined));
reply({ socket: exposure.socket, readers: exposure.readers });

async function carryOut(command: BenchCommand): Promise<void> {
  let error: string | undefined;
  const said = await Promise.resolve(obey[command.do](command)).catch((thrown) => {
    error = String(thrown);
  });
  if (process.connected) reply({ done: command.number, said: said ?? "", error });
}

function reply(reply: BenchReply): void {
  process.send!(reply);
}
