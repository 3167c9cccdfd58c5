import {
  createStation,
  type Endpoint,
  type Station,
  systemTime,
  type TraceEvent,
  type Transport,
} from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { guarded } from "../transports/guarded.ts";
import { isModule, namedTransport } from "../transports/named_transport.ts";
import { watchAll } from "../transports/watch_all.ts";
import { openDrivers } from "./drivers.ts";
import type { SimulatedToken } from "./simulated_token.ts";

/** Options that say where tokens are looked for. */
export interface BenchOptions {
  readonly transport?: readonly string[];
  readonly simulator?: string;
  readonly token?: string;
  readonly binding?: "pcsclite" | "koffi";
  readonly profile?: readonly string[];
  readonly trace?: boolean;
}

/** Where tokens are looked for: the readers of this computer, or one simulated token. */
export interface Bench {
  readonly station: Station;
  /** The simulated token, with hands and a display, if that is what is used. */
  readonly simulated: SimulatedToken | undefined;
  /** Watches the readers. */
  watch(signal: AbortSignal): AsyncIterable<readonly Endpoint[]>;
  close(): Promise<void>;
}

/** Opens the bench that the options name. */
export async function openBench(options: BenchOptions, context: CommandContext): Promise<Bench> {
  if (options.token !== undefined && options.simulator === undefined) {
    throw new CliError(
      "Cannot use --token: it describes a simulated token, and none was asked for",
      {
        code: "usage/token-without-simulator",
        exit: EXIT.usage,
        next: "Name its storage with --simulator FILE, or leave --token out.",
      },
    );
  }
  if (options.transport !== undefined && options.simulator !== undefined) {
    throw new CliError(
      "Cannot use --transport and --simulator at once: a simulated token has its own",
      {
        code: "usage/transport-with-simulator",
        exit: EXIT.usage,
        next: "Leave one of them out.",
      },
    );
  }
  const drivers = await openDrivers(options.profile, context.io.env);
  const simulated = options.simulator === undefined
    ? undefined
    : (await import("./simulated_token.ts")).openSimulator(options.simulator, {
      model: options.token,
    });
  const transports = simulated ? [simulated.transport] : await openTransports(options);
  const station = createStation({
    transports,
    drivers,
    time: systemTime,
    trace: options.trace || context.io.env["OTPSMITH_TRACE"]
      ? (event) => showTrace(event, context)
      : undefined,
  });
  return {
    station,
    simulated,
    watch: (signal) => watchAll(transports, { signal }),
    close: async () => await station[Symbol.asyncDispose](),
  };
}

/** The transports that the options name; PC/SC unless others are. */
async function openTransports(options: BenchOptions): Promise<readonly Transport[]> {
  const { transport: specs = ["pcsc"], binding } = options;
  const named = await Promise.all(specs.map((spec) => namedTransport(spec, { binding })));
  return named.map(({ make }, index) => isModule(specs[index]!) ? guarded(make()) : make());
}

const ARROWS: Readonly<Record<TraceEvent["what"], string>> = {
  sent: "=>",
  answer: "<=",
  failed: "!!",
};

function showTrace(event: TraceEvent, { out }: CommandContext): void {
  out.progress(`${ARROWS[event.what]} ${event.text}  ${event.command}`);
  out.event("trace", { ...event });
}
