import process from "node:process";
import { describeTransport, type TestRunner } from "@otpsmith/conformance";
import { memorySetup } from "../../packages/conformance/testdata/memory_setup.ts";
import { overTransport } from "../../packages/conformance/testdata/over_transport.ts";

/** Declares the cases as tests of a runner, for the in-process transport or for one that changes bytes. */
export function declareSuite(runner: TestRunner): void {
  const broken = process.env["OTPSMITH_BROKEN"] === "1";
  describeTransport(runner, {
    name: "the in-process transport",
    supports: { child: "it has nothing that could keep a process alive" },
    setup: () =>
      memorySetup((whole) =>
        broken
          ? overTransport(whole, {
            link: (link) => ({
              transceive: async (command, options) =>
                (await link.transceive(command, options)).map((byte) => byte & 0x7f | 0x10),
            }),
          })
          : whole
      ),
  });
}
