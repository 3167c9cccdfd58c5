import { runSimulator, type SimulatedTokenOptions } from "@otpsmith/simulator/expose";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";

/** Options of `otpsmith sim run`. */
export interface SimRunOptions {
  readonly tokens: readonly SimulatedTokenOptions[];
  readonly scenario?: string;
  readonly expose: "pcscd" | "vpcd";
}

/** `otpsmith sim run`: simulated tokens on readers of a private daemon, until it is stopped. */
export async function simRun(
  _source: string | undefined,
  options: SimRunOptions,
  { out, signal }: CommandContext,
): Promise<ExitCode> {
  const { tokens, scenario, expose } = options;
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
  await runSimulator({
    tokens,
    scenario,
    expose,
    signal,
    onReady: ({ socket, readers, daemonPid }) => {
      for (const { name, token } of readers) {
        out.line(
          `${out.style(name, "bold")}  ${token ? `${token.model}, ${token.serial}` : "empty"}`,
        );
      }
      out.line("Other programs see these readers with");
      out.line(`  PCSCLITE_CSOCK_NAME=${socket}`);
      out.progress("Press Ctrl-C to end it.");
      out.event("ready", { schema: 1, socket, daemonPid, readers });
    },
    onProblem: (error) => {
      out.warn("A simulated token failed; its reader shows it torn out and put back.");
      out.event("problem", { name: error instanceof Error ? error.name : "unknown" });
    },
  });
  out.result({ command: "sim run", ok: true, exit: EXIT.done });
  return EXIT.done;
}
