import { afterAll, beforeAll, describe, it } from "vitest";
import {
  bindingCases,
  describeCases,
  describeTransport,
  type Supports,
  type Tier,
} from "@otpsmith/conformance";
import { inChild } from "@otpsmith/conformance/child";
import { token2Single } from "@otpsmith/core/drivers/token2_single";
import { koffiBinding, pcsc, pcscliteBinding } from "@otpsmith/transport-pcsc";
import { Bench, TYPESCRIPT } from "./bench_process.ts";

/** Both bindings, made by name. */
export const BINDINGS = { pcsclite: pcscliteBinding, koffi: koffiBinding } as const;

const drivers = [token2Single()];

const NAMES = ["Echo", "Second", "Third", "Token", "Token two", "Echo empty"];

/** What nobody can do at a private daemon, or PC/SC does not tell. */
const NO_HANDS: Supports = {
  "plug": "the readers of a private pcscd come and go with it: see scenarios_system_test.ts",
  "notices-card": "PC/SC tells at the next command that a card has gone",
};

/** Their names. */
export const BINDING_NAMES = ["pcsclite", "koffi"] as const;

/**
 * Declares all conformance cases for both bindings over a real pcscd with that driver, and starts and
 * stops its bench. What is returned is filled when the tests run.
 */
export function describeThroughDaemon(
  driver: "ifd" | "vpcd",
  { supports = {}, tiers }: {
    readonly supports?: Supports;
    readonly tiers: readonly Tier[];
  },
): { readonly bench: Bench } {
  const running: { bench?: Bench } = {};
  beforeAll(async () => {
    running.bench = await Bench.start(driver, NAMES);
    // Before the first PC/SC call of this process: libpcsclite reads it once.
    process.env["PCSCLITE_CSOCK_NAME"] = running.bench.socket;
  });
  afterAll(() => running.bench?.stop());

  for (const name of BINDING_NAMES) {
    describeTransport({ describe, it }, {
      name: `pcsc over ${name} and ${driver}`,
      tiers,
      supports: { ...NO_HANDS, ...supports },
      setup: async () => {
        const bench = running.bench!;
        const [echo, twin, , first, second, absent] = bench.readers as [
          string,
          string,
          string,
          string,
          string,
          string,
        ];
        const token = async (reader: string) => ({
          endpoint: reader,
          serial: await bench.tell("serial", { reader }),
          display: () => bench.tell("display", { reader }),
        });
        return {
          transport: pcsc({ binding: name }),
          echo,
          twin,
          absent,
          refuses: [absent],
          hands: {
            card: async (present) =>
              void await bench.tell(present ? "insert" : "remove", { reader: echo }),
          },
          child: inChild({
            module: import.meta.resolve("@otpsmith/transport-pcsc"),
            create: "pcsc",
            options: { binding: name },
            echo,
            execArgv: TYPESCRIPT,
          }),
          token: { endpoint: first, drivers },
          burn: { ...await token(first), drivers, twin: await token(second) },
        };
      },
    });

    describeCases({ describe, it }, bindingCases, {
      name: `binding ${name} over ${driver}`,
      supports,
      setup: () => {
        const bench = running.bench!;
        const [echo, absent] = [bench.readers[0]!, bench.readers[5]!];
        return Promise.resolve({
          binding: BINDINGS[name](),
          echo,
          absent,
          plug: async (present) =>
            void await bench.tell(present ? "insert" : "remove", { reader: echo }),
        });
      },
    });
  }
  return running as { readonly bench: Bench };
}
