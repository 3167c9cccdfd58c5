import type { VirtualUsbDevice } from "@otpsmith/simulator/usb";
import { BusProgram, type ProgramEnd, type ProgramOptions } from "./bus_program.ts";
import { preloadParts } from "./parts.ts";
import { VirtualBus } from "./virtual_bus.ts";

/** A bus with devices on it, and what runs programs there. */
export interface BusBench {
  /** The bus itself. */
  readonly bus: VirtualBus;
  /** Starts a program that sees the devices and no others. */
  start(script: URL, options?: ProgramOptions): BusProgram;
  /**
   * Runs a program to its end and gives back everything that it has told, in order.
   *
   * @throws {Error} With what it printed, if it did not end with 0.
   */
  run(script: URL, options?: ProgramOptions): Promise<readonly unknown[]>;
}

/**
 * Puts devices on a virtual bus for programs that run unmodified native modules, and takes everything
 * away afterwards. The programs are processes of their own: the devices answer in this one.
 *
 * @throws {Error} That names the part of the system that is missing.
 */
export async function withVirtualBus<T>(
  devices: readonly VirtualUsbDevice[],
  use: (bench: BusBench) => Promise<T>,
): Promise<T> {
  const parts = await preloadParts();
  const bus = new VirtualBus();
  const programs = new Set<BusProgram>();
  try {
    for (const device of devices) await bus.add(device);
    const start = (script: URL, options: ProgramOptions = {}): BusProgram => {
      const program = new BusProgram(bus.directory, { ...options, script, parts });
      programs.add(program);
      void program.ended.then(() => programs.delete(program));
      return program;
    };
    const run = async (script: URL, options: ProgramOptions = {}): Promise<readonly unknown[]> => {
      const program = start(script, options);
      const told: unknown[] = [];
      const listen = async (): Promise<void> => {
        for (;;) told.push(await program.next());
      };
      void listen().catch(() => {}); // until it ends
      const end = await program.ended;
      if (end.exit !== 0) throw failure(script, end);
      return told;
    };
    return await use({ bus, start, run });
  } finally {
    for (const program of programs) program.kill();
    await Promise.all([...programs].map((program) => program.ended));
    await bus.close();
  }
}

function failure(script: URL, { exit, signal, stdout, stderr }: ProgramEnd): Error {
  const name = script.pathname.split("/").at(-1);
  return new Error(`${name} ended with ${exit ?? signal}:\n${stderr}${stdout}`);
}
