// How the transport is tried: `otpsmith conformance --transport ./conformance.ts`.
import process from "node:process";
import { type CaseHost, EchoCard, type TransportSetup } from "@otpsmith/conformance";
import toyReader from "./mod.ts";
import { startToyBox } from "./toy_box.ts";

export { contract, default } from "./mod.ts";

export const conformance: CaseHost<TransportSetup> = {
  setup: async () => {
    const box = await startToyBox({ echo: new EchoCard(), empty: undefined });
    process.env["TOY_READERS"] = box.directory; // where a program of its own finds the box
    return {
      transport: toyReader(box.directory),
      echo: "Toy echo",
      absent: "Toy empty",
      hands: { plug: (present) => box.plug("echo", present) },
      dispose: () => box.stop(),
    };
  },
  supports: { child: true, refuses: "its readers are empty, busy or gone, and nothing else" },
};
