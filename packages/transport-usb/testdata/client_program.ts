// What a program that uses these transports does, under the preload library. It never ends itself.
import process from "node:process";
import { ECHO } from "@otpsmith/conformance";
import type { LinkError } from "@otpsmith/core/errors";
import type { Endpoint, LinkByKind, LinkKind } from "@otpsmith/core/link";
import { tell } from "../../../tests/usb/preload/told.ts";
import { laneTransport, type Tried } from "./lane_transport.ts";

const [tried, program, label] = process.argv.slice(2);
const transport = laneTransport(tried as Tried);
const ECHO_COMMAND = Uint8Array.of(0, ECHO.echo, 0, 0, 1, 7);
const ECHO_REPORT = Uint8Array.of(1, ECHO.echo, 0, 0, 1, 7);

async function exchange(link: LinkByKind[LinkKind]): Promise<Uint8Array> {
  if (link.kind === "apdu") return await link.transceive(ECHO_COMMAND);
  if (link.kind === "report") {
    await link.send(ECHO_REPORT);
    return (await link.receive()).subarray(0, 5);
  }
  await link.set(ECHO_REPORT);
  return (await link.get()).subarray(0, 5);
}

async function withLink(use: (link: LinkByKind[LinkKind]) => Promise<void>): Promise<void> {
  const endpoints = await transport.list();
  const link = await (endpoints.find((each) => each.label === label) as Endpoint).open();
  await use(link);
  await link[Symbol.asyncDispose]();
}

const programs: Record<string, () => Promise<void>> = {
  probe: async () => tell(await transport.probe()),
  list: async () => tell((await transport.list()).map(({ label }) => label)),
  exchange: () => withLink(async (link) => tell([...await exchange(link)])),
  watch: async () => {
    for await (const endpoints of transport.watch()) {
      tell(endpoints.map(({ id }) => id));
      break;
    }
  },
  /** Exchanges until that fails. */
  exhaust: () =>
    withLink(async (link) => {
      for (let n = 0;; n++) {
        await exchange(link);
        if (n === 0) tell("going");
      }
    }),
  /** Does nothing with an open link until that ends. */
  idle: () =>
    withLink(async (link) => {
      tell("open");
      const ended = new Promise((resolve) => {
        // A signal keeps no process alive.
        const alive = setInterval(() => undefined, 1000);
        link.closed.addEventListener("abort", () => resolve(clearInterval(alive)), { once: true });
      });
      await ended;
      throw link.closed.reason;
    }),
};

await programs[program!]!().catch((error: LinkError) => {
  const { name, code, delivery, message, next } = error;
  tell({ name, code, delivery, message, next });
});
