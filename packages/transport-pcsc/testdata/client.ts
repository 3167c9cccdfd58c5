// What a program that uses this transport does, in a process of its own: one process can talk to one
// service only, since libpcsclite reads PCSCLITE_CSOCK_NAME once. It never ends itself.
import { hasHungCalls, pcsc } from "@otpsmith/transport-pcsc";
import type { Endpoint, Transport } from "@otpsmith/core/link";

const [binding, program, reader] = process.argv.slice(2);
const transport = pcsc({ binding: binding === "default" ? undefined : binding as "pcsclite" });

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function find(): Promise<Endpoint> {
  return (await transport.list()).find(({ label }) => label === reader)!;
}

const programs: Record<string, (transport: Transport) => Promise<void>> = {
  probe: async () => say(await transport.probe()),
  list: async () => say((await transport.list()).map(({ id }) => id)),
  exchange: async () => {
    const link = await (await find()).open();
    if (link.kind !== "apdu") throw new Error(link.kind);
    say([...await link.transceive(Uint8Array.of(0, 0xe0, 0, 0, 1, 1))]);
    await link[Symbol.asyncDispose]();
  },
  watch: async () => {
    for await (const endpoints of transport.watch()) {
      say(endpoints.map(({ id }) => id));
      break;
    }
  },
  follow: async () => {
    for await (const endpoints of transport.watch()) {
      say(endpoints.map(({ label, facts }) => `${label} ${facts.card}`));
    }
  },
  hold: async () => {
    await (await find()).open();
    say("held");
    await new Promise((resolve) => process.stdin.on("end", resolve).resume());
    await transport[Symbol.asyncDispose]();
  },
  // The card falls silent and the caller loses patience: Node itself would wait for the call for ever.
  silent: async () => {
    const link = await (await find()).open();
    if (link.kind !== "apdu") throw new Error(link.kind);
    const command = Uint8Array.of(0, 0xe2, 0xff, 0xff);
    await link.transceive(command, { timeoutMs: 100 }).catch(({ code, delivery }) =>
      say({ code, delivery, hung: hasHungCalls() })
    );
    if (hasHungCalls()) process.kill(process.pid, "SIGKILL");
  },
};

await programs[program!]!(transport).catch(({ name, code, message, next }) => {
  say({ name, code, message, next });
});
