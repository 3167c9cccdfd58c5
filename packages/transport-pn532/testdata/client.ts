// What a program that uses this transport does, in a process of its own. It never ends itself.
import { pn532 } from "@otpsmith/transport-pn532";

const [program, ...ports] = process.argv.slice(2);
const transport = pn532({ ports });

function say(what: unknown): void {
  process.stdout.write(`${JSON.stringify(what)}\n`);
}

async function exchange(command: Uint8Array): Promise<void> {
  const link = await (await transport.list())[0]!.open();
  if (link.kind !== "apdu") throw new Error(link.kind);
  say([...await link.transceive(command)]);
  await link[Symbol.asyncDispose]();
}

const programs: Record<string, () => Promise<void>> = {
  probe: async () => say(await transport.probe()),
  list: async () => say((await transport.list()).map(({ id }) => id)),
  exchange: () => exchange(Uint8Array.of(0, 0xe0, 0, 0, 1, 1)),
  /** Sends something that looks like a seed. */
  secret: () => exchange(Uint8Array.of(0, 0xec, 0, 0, 20, ...new Uint8Array(20).fill(0xab))),
  watch: async () => {
    for await (const endpoints of transport.watch()) {
      say(endpoints.map(({ id }) => id));
      break;
    }
  },
};

await programs[program!]!().catch(({ name, code, message, next }) => {
  say({ name, code, message, next });
});
