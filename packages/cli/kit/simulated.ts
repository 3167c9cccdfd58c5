import { EchoCard, type TransportSetup } from "@otpsmith/conformance";
import { memoryTransport } from "@otpsmith/simulator";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { openDrivers } from "../token/drivers.ts";
import { openSimulator } from "../token/simulated_token.ts";
import type { Host } from "./kit_bench.ts";
import type { Job } from "./messages.ts";

/** Readers in this process: one with an echo card, one with nothing, one with the simulated token. */
export async function simulated(job: Job): Promise<Host> {
  const { serial, card: token, switchOffAndOnAndRead } = openSimulator(job.simulator!, {
    model: job.token,
  });
  if (job.allowBurn !== undefined && job.allowBurn !== serial) {
    throw new CliError(`Cannot overwrite token ${job.allowBurn}: the simulated one is ${serial}`, {
      code: "needs-person/other-token",
      exit: EXIT.needsPerson,
      next: "Name the simulated token's serial number with --allow-burn.",
    });
  }
  const drivers = await openDrivers(job.profile);
  return {
    setup: () => {
      const card = new EchoCard();
      const transport = memoryTransport({
        readers: [{ name: "Echo", card }, { name: "Empty" }, { name: "Token", card: token }],
      });
      const setup: TransportSetup = {
        transport,
        echo: "Echo",
        absent: "Empty",
        hands: {
          plug: async (present) => {
            transport.unplug("Echo");
            if (present) transport.plug({ name: "Echo", card });
          },
          card: async (present) => void (card.present = present),
        },
        token: { endpoint: "Token", drivers },
        burn: job.allowBurn === undefined ? undefined : {
          endpoint: "Token",
          drivers,
          serial,
          display: () => Promise.resolve(switchOffAndOnAndRead() ?? ""),
        },
      };
      return Promise.resolve(setup);
    },
    supports: {
      child: "simulated readers live in the process that uses them",
      twin: "simulated readers have names of their own",
    },
  };
}
