import type { PlugHands, Supports, TokenToBurn, TransportSetup } from "@otpsmith/conformance";
import { createStation, type TokenDriver } from "@otpsmith/core";
import type { Endpoint, Transport } from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { openDrivers } from "../token/drivers.ts";
import { runClient } from "./client_process.ts";
import type { BenchHelp, Host } from "./kit_bench.ts";
import type { Job } from "./messages.ts";

/**
 * Readers as they are on this computer, and what the command line says lies on them. Nothing is taken for
 * an echo card that was not named: its commands mean something else to a real card. A token is read where
 * its reader was named, and written where its serial number was.
 */
export async function onTheTable(
  make: () => Transport,
  { job, help }: { readonly job: Job; readonly help: BenchHelp },
): Promise<Host> {
  const { echo, absent, reader, interactive } = job;
  const drivers = await openDrivers(job.profile);
  let checked = false;
  return {
    setup: async () => {
      const transport = make();
      const named = echo ?? absent ?? reader;
      const endpoints = named === undefined ? [] : await transport.list();
      const lies = (name: string | undefined): string | undefined =>
        name === undefined ? undefined : find(endpoints, name).id;
      const token = reader === undefined ? undefined : { endpoint: lies(reader)!, drivers };
      if (token && !checked) {
        await expectToken(find(endpoints, reader!), { drivers, serial: job.allowBurn });
        checked = true;
      }
      const burn: TokenToBurn | undefined = token && job.allowBurn !== undefined
        ? {
          ...token,
          serial: job.allowBurn,
          display: interactive ? () => help.ask(READ_DISPLAY) : undefined,
        }
        : undefined;
      const setup: TransportSetup = {
        transport,
        echo: lies(echo),
        absent: lies(absent),
        child: (program) => runClient({ ...job, program }),
        hands: interactive && echo !== undefined ? personsHands(help) : undefined,
        token,
        burn,
      };
      return setup;
    },
    supports: whatIsNotThere(job),
  };
}

const READ_DISPLAY = "Switch the token off and on, and type the code that it shows: ";

/** A need is served where nothing stands against it here. */
function whatIsNotThere({ echo, absent, reader, allowBurn, interactive }: Job): Supports {
  const hands = echo !== undefined && interactive ||
    "somebody has to pull the reader of --echo out, in front of a terminal";
  return {
    echo: echo !== undefined || "--echo names the reader on which an echo card lies",
    absent: absent !== undefined || "--absent names a reader without a card",
    token: reader !== undefined || "--reader names the reader on which a token lies",
    burn: allowBurn !== undefined || "--allow-burn names the token that may lose its seed",
    display: interactive || "somebody has to read the display, in front of a terminal",
    plug: hands,
    card: hands,
    refuses: "only a module's conformance can say which",
    twin: "only a module's conformance can say which",
    "twin-token": "only a module's conformance can say which",
  };
}

function personsHands({ ask }: BenchHelp): PlugHands {
  const have = async (what: string): Promise<void> => {
    await ask(`${what}, then press Enter. `);
  };
  return {
    plug: (present) => have(present ? "Plug the reader in again" : "Pull the reader out"),
    card: (present) => have(present ? "Lay the echo card on the reader" : "Take the echo card off"),
  };
}

/** The one endpoint whose name has that part. */
function find(endpoints: readonly Endpoint[], part: string): Endpoint {
  const found = endpoints.filter(({ id, label }) =>
    id === part || label.toLowerCase().includes(part.toLowerCase())
  );
  if (found.length === 1) return found[0]!;
  const all = endpoints.map(({ label }) => `"${label}"`).join(", ");
  throw new CliError(
    found.length === 0
      ? `Cannot find reader "${part}": there ${all ? `are ${all}` : "is none"}`
      : `Cannot choose a reader: "${part}" is part of ${found.length} names`,
    {
      code: "reader/unknown",
      exit: EXIT.needsPerson,
      next: "Name a part of one of them, long enough to tell it from the others.",
    },
  );
}

/** Looks once, before anything is tried, whether the token that was meant is there. It is only read. */
async function expectToken(
  endpoint: Endpoint,
  { drivers, serial }: {
    readonly drivers: readonly TokenDriver[];
    readonly serial?: string | undefined;
  },
): Promise<void> {
  const station = createStation({ transports: [], drivers, time: systemTime });
  const connection = await station.connect(endpoint);
  const seen = connection.token.identity.serial;
  await connection[Symbol.asyncDispose]();
  if (serial === undefined || serial === seen) return;
  throw new CliError(`Cannot overwrite token ${serial}: on the reader is ${seen}`, {
    code: "needs-person/other-token",
    exit: EXIT.needsPerson,
    next: `Lay token ${serial} on the reader, or name the one that is there.`,
  });
}
