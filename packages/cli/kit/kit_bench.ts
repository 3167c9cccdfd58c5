import {
  type CaseHost,
  type Supports,
  type TransportCase,
  transportCasesFor,
  type TransportSetup,
} from "@otpsmith/conformance";
import type { Endpoint, LinkKind, Obstacle, Usable } from "@otpsmith/core/link";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { namedTransport } from "../transports/named_transport.ts";
import { runClient } from "./client_process.ts";
import { onTheTable } from "./hardware.ts";
import type { Job } from "./messages.ts";
import { simulated } from "./simulated.ts";

/** How cases for transports are prepared. */
export type Host = CaseHost<TransportSetup>;

/** What is to be tried: which cases, and how each is prepared. */
export interface KitBench {
  readonly transport: { readonly name: string; readonly kinds: readonly string[] };
  readonly obstacle: Obstacle | undefined;
  readonly cases: readonly TransportCase[];
  readonly host: Host;
}

/** The other process. */
export interface BenchHelp {
  /** Has a person do something, or type something. */
  ask(question: string): Promise<string>;
  /** Says what is going to be done, in case that it never ends. */
  does(what: string): Promise<void>;
}

/** Loads the transport, looks once at what it has, and says which cases can be tried with that. */
export async function openKitBench(job: Job, help: BenchHelp): Promise<KitBench> {
  await help.does("importing it");
  const host = await findHost(job, help);
  await help.does("setup()");
  const context = await host.setup();
  try {
    const { transport, echo } = context;
    await help.does("probe()");
    const state = await transport.probe().catch((): Usable => ({ usable: true }));
    await help.does("list()"); // why these two may fail is for the cases to say
    const listed: readonly Endpoint[] = state.usable ? await transport.list().catch(() => []) : [];
    const device = listed.find(({ id, label }) => id === echo || label === echo);
    const supports = { ...given(context), ...host.supports, ...usable(state) };
    return {
      transport: { name: transport.name, kinds: [...transport.kinds] },
      obstacle: state.usable ? undefined : state,
      cases: chosen(job, device?.kind ?? transport.kinds[0] ?? "apdu"),
      host: { tiers: job.tiers, setup: host.setup, supports },
    };
  } finally {
    await context.transport[Symbol.asyncDispose]();
    await context.dispose?.();
  }
}

async function findHost(job: Job, help: BenchHelp): Promise<Host> {
  if (job.transport === undefined) return await simulated(job);
  const { make, conformance } = await namedTransport(job.transport, { binding: job.binding });
  const told = job.echo ?? job.absent ?? job.reader;
  if (!conformance || told !== undefined) return await onTheTable(make, { job, help });
  const { setup, supports } = conformance;
  // Who says that programs of their own can be run, and does not say how, has ours run: they make their
  // transport by the module's default export.
  const child = supports?.["child"] === true;
  return {
    supports,
    setup: async () => {
      const context = await setup();
      if (context.child || !child) return context;
      return {
        ...context,
        child: (program) => runClient({ ...job, echo: context.echo, program }),
        dispose: async () => await context.dispose?.(),
      };
    },
  };
}

function chosen({ tiers, only }: Job, kind: LinkKind): readonly TransportCase[] {
  const all = transportCasesFor(kind);
  const matches = (id: string, name: string): boolean =>
    id === name || (name.endsWith("/") && id.startsWith(name));
  const unknown = only?.find((name) => !all.some(({ id }) => matches(id, name)));
  if (unknown !== undefined) {
    throw new CliError(`Cannot find a case "${unknown}"`, {
      code: "usage/unknown-case",
      exit: EXIT.usage,
      next: "Without --only the report names them all; 'transport/echo/' means all that begin so.",
    });
  }
  return all.filter(({ id, tier }) =>
    tiers.includes(tier) && (only?.some((name) => matches(id, name)) ?? true)
  );
}

/** What a preparation lacks cannot be tried, though its author may not have said so. */
function given({ hands, burn, ...setup }: TransportSetup): Supports {
  const fields: Readonly<Record<string, unknown>> = {
    echo: setup.echo,
    absent: setup.absent,
    refuses: setup.refuses,
    child: setup.child,
    twin: setup.twin,
    token: setup.token,
    plug: hands?.plug,
    card: hands?.card,
    burn,
    display: burn?.display,
    "twin-token": burn?.twin,
  };
  return Object.fromEntries(
    Object.entries(fields).map((
      [need, field],
    ) => [need, field !== undefined || "setup() does not give it"]),
  );
}

/** What cannot be used cannot be tried either. */
function usable(state: Usable | Obstacle): Supports {
  if (state.usable) return {};
  const needs = ["list", "watch", "echo", "absent", "refuses", "child", "token", "burn"];
  return Object.fromEntries(needs.map((need) => [need, state.message]));
}
