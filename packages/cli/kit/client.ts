// What a program that uses a transport does, in a process of its own. It disposes of no transport and never
// ends itself: that is what is tried.
import process from "node:process";
import { type ChildProgram, ECHO } from "@otpsmith/conformance";
import type { Endpoint } from "@otpsmith/core/link";
import { namedTransport } from "../transports/named_transport.ts";
import type { ClientJob } from "./client_process.ts";

const job = JSON.parse(process.argv[2]!) as ClientJob;
const { make } = await namedTransport(job.transport!, { binding: job.binding });
const transport = make();

const programs: Readonly<Record<ChildProgram, () => Promise<void>>> = {
  probe: async () => void await transport.probe(),
  list: async () => void await transport.list(),
  exchange: async () => {
    const wanted = job.echo!.toLowerCase();
    const endpoint = (await transport.list()).find(({ id, label }) =>
      id === job.echo || label.toLowerCase().includes(wanted)
    ) as Endpoint<"apdu">;
    const link = await endpoint.open();
    await link.transceive(Uint8Array.of(0, ECHO.echo, 0, 0, 1, 1));
    await link[Symbol.asyncDispose]();
  },
  watch: async () => {
    for await (const _ of transport.watch()) break;
  },
};

await programs[job.program]();
