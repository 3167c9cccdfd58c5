import { afterAll, beforeAll, describe, it } from "vitest";
import {
  bindingCases,
  describeCases,
  describeTransport,
  type Supports,
} from "@otpsmith/conformance";
import { koffiBinding, pcsc, pcscliteBinding } from "@otpsmith/transport-pcsc";
import { Bench } from "./bench_process.ts";
import { Client } from "./client_process.ts";

/** Both bindings, made by name. */
export const BINDINGS = { pcsclite: pcscliteBinding, koffi: koffiBinding } as const;

/** Their names. */
export const BINDING_NAMES = ["pcsclite", "koffi"] as const;

/**
 * Declares all conformance cases for both bindings over a real pcscd with that driver, and starts and
 * stops its bench. What is returned is filled when the tests run.
 */
export function describeThroughDaemon(
  driver: "ifd" | "vpcd",
  supports: Supports,
): { readonly bench: Bench } {
  const running: { bench?: Bench } = {};
  beforeAll(async () => {
    running.bench = await Bench.start(driver, ["Echo", "Second", "Third", "Echo empty"]);
    // Before the first PC/SC call of this process: libpcsclite reads it once.
    process.env["PCSCLITE_CSOCK_NAME"] = running.bench.socket;
  });
  afterAll(() => running.bench?.stop());

  for (const name of BINDING_NAMES) {
    describeTransport({ describe, it }, {
      name: `pcsc over ${name} and ${driver}`,
      supports,
      setup: () => {
        const { socket, readers: [echo, , , absent] } = running.bench!;
        const child = async (program: string) => {
          const client = new Client({ socket, binding: name, program, reader: echo });
          const said = await client.next();
          const end = await client.ended();
          if (JSON.stringify(said).includes("Error")) return "failed";
          return end === "ended" || end === "hung" ? end : "failed";
        };
        return Promise.resolve({
          transport: pcsc({ binding: name }),
          echo,
          absent,
          refuses: [absent!],
          child,
        });
      },
    });

    describeCases({ describe, it }, bindingCases, {
      name: `binding ${name} over ${driver}`,
      supports,
      setup: () => {
        const bench = running.bench!;
        const [echo, , , absent] = bench.readers as [string, string, string, string];
        return Promise.resolve({
          binding: BINDINGS[name](),
          echo,
          absent,
          plug: (present) => bench.tell(present ? "insert" : "remove", { reader: echo }),
        });
      },
    });
  }
  return running as { readonly bench: Bench };
}
