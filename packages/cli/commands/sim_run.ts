import {
  parseListenAddress,
  runSimulator,
  type SimulatedTokenOptions,
  type SimulatorDriver,
  type SimulatorReady,
} from "@otpsmith/simulator/expose";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";

/** Options of `otpsmith sim run`. */
export interface SimRunOptions {
  readonly tokens: readonly SimulatedTokenOptions[];
  readonly scenario?: string;
  readonly expose: SimulatorDriver;
  readonly listen?: string;
}

/** `otpsmith sim run`: simulated tokens on readers of a private daemon or as USB devices, until it is stopped. */
export async function simRun(
  _source: string | undefined,
  options: SimRunOptions,
  { out, signal }: CommandContext,
): Promise<ExitCode> {
  const { tokens, scenario, expose, listen } = options;
  if (scenario !== undefined && tokens.length > 0) {
    throw new CliError(
      "Cannot start the simulator: --scenario already says which tokens there are",
      {
        code: "usage/scenario",
        exit: EXIT.usage,
        next: "Leave out --token, --serial, --state and --reader.",
      },
    );
  }
  if (listen !== undefined && expose !== "usbip") {
    throw new CliError("Cannot start the simulator: --listen goes with --expose usbip alone", {
      code: "usage/listen",
      exit: EXIT.usage,
      next: "Leave out --listen: no other exposure listens on the network.",
    });
  }
  await runSimulator({
    tokens,
    scenario,
    expose,
    listen: listen === undefined ? undefined : parseListenAddress(listen),
    signal,
    onReady: (ready) => {
      for (const reader of ready.readers) {
        const { name, token } = reader;
        const id = "busId" in reader ? `${reader.busId}  ` : "";
        const what = token ? `${token.model}, ${token.serial}` : "empty";
        out.line(`${id}${out.style(name, "bold")}  ${what}`);
      }
      for (const text of wayIn(ready)) out.line(text);
      if ("open" in ready && ready.open) {
        out.warn(
          "Whoever reaches this port can use these tokens, and seeds cross the network in clear: " +
            "USB/IP has no authentication and no encryption.",
        );
      }
      out.progress("Press Ctrl-C to end it.");
      out.event("ready", { schema: 1, ...ready });
    },
    onProblem: (error) => {
      out.warn("A simulated token failed; its reader shows it torn out and put back.");
      out.event("problem", { name: error instanceof Error ? error.name : "unknown" });
    },
  });
  out.result({ command: "sim run", ok: true, exit: EXIT.done });
  return EXIT.done;
}

/** How other programs reach the readers. */
function wayIn(ready: SimulatorReady): readonly string[] {
  if ("socket" in ready) {
    return ["Other programs see these readers with", `  PCSCLITE_CSOCK_NAME=${ready.socket}`];
  }
  const { host, port, readers: [first] } = ready;
  return [
    "A Linux machine attaches one, as root, with",
    "  modprobe vhci-hcd",
    `  usbip --tcp-port ${port} attach -r ${host} -b ${first?.busId}`,
  ];
}
