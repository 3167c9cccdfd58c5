// What a program that uses a transport does, in a process of its own. It never ends itself, and disposes of
// nothing but links: whatever keeps it alive is the transport's.
import process from "node:process";
import type { Transport } from "@otpsmith/core/link";
import { ECHO } from "../echo/echo_card.ts";
import { openEcho } from "../transport/echo_link.ts";
import { type ChildProgram, findEndpoint } from "../transport/setup.ts";

/** What the parent says, as JSON in the only argument. */
interface Task {
  readonly module: string;
  readonly create: string;
  readonly options?: unknown;
  readonly echo?: string;
  readonly program: ChildProgram;
}

const PROGRAMS: Readonly<
  Record<ChildProgram, (transport: Transport, task: Task) => Promise<void>>
> = {
  probe: async (transport) => void await transport.probe(),
  list: async (transport) => void await transport.list(),
  exchange: async (transport, { echo }) => {
    const link = await openEcho(await findEndpoint(transport, echo));
    await link.transceive(Uint8Array.of(0, ECHO.echo, 0, 0, 1, 1));
    await link[Symbol.asyncDispose]();
  },
  watch: async (transport) => {
    for await (const _ of transport.watch()) break;
  },
};

const task = JSON.parse(process.argv[2]!) as Task;
const { [task.create]: create } = await import(task.module);
await PROGRAMS[task.program](create(task.options), task);
