import { isProjectError } from "@otpsmith/core/errors";
import { runSimulator, type SimulatorReady } from "./expose/run_simulator.ts";
import { parseSimulatorArgs, SIMULATOR_HELP } from "./expose/simulator_args.ts";

const END_SIGNALS = ["SIGINT", "SIGTERM", "SIGHUP"] as const;

const OPEN_WARNING =
  "WARNING: whoever reaches this port can use these tokens, and seeds that are " +
  "written to them cross the network in clear: USB/IP has no authentication and no encryption.\n";

/** The command `otpsmith-simulator`: runs until a signal ends it. Sets the process's exit code. */
export async function main(args: readonly string[] = process.argv.slice(2)): Promise<void> {
  const json = args.includes("--json"); // also where the rest of the command line is wrong
  const end = new AbortController();
  for (const signal of END_SIGNALS) process.on(signal, () => end.abort());
  process.stdout.on("error", () => end.abort()); // who read our output has gone
  try {
    const options = parseSimulatorArgs(args);
    if (options.help) return void process.stdout.write(SIMULATOR_HELP);
    await runSimulator({
      ...options,
      signal: end.signal,
      onReady: (ready) => {
        if ("open" in ready && ready.open) process.stderr.write(OPEN_WARNING);
        print(json ? line("ready", ready) : describe(ready));
      },
      onProblem: (error) => process.stderr.write(`${String(error)}\n`),
    });
    if (json) print(line("result", { ok: true }));
  } catch (error) {
    if (!isProjectError(error)) throw error;
    const { code, message, next } = error;
    process.exitCode = code === "format/arguments" ? 2 : 1;
    if (json) print(line("result", { ok: false, code, message, next }));
    else process.stderr.write(`${message}\n${next ? `${next}\n` : ""}`);
  }
}

function describe(ready: SimulatorReady): string {
  const rows = ready.readers.map((reader) => {
    const { name, token } = reader;
    const id = "busId" in reader ? `${reader.busId}  ` : "";
    return `  ${id}${name}: ${token ? `${token.model}, serial ${token.serial}` : "empty"}\n`;
  });
  if ("socket" in ready) {
    return `Readers of a private pcscd:\n${rows.join("")}` +
      `Other programs see them with\n  PCSCLITE_CSOCK_NAME=${ready.socket}\n` +
      "Ctrl-C ends it.\n";
  }
  return `USB readers on ${ready.host}, port ${ready.port}:\n${rows.join("")}` +
    `A Linux machine attaches one, as root, with\n  modprobe vhci-hcd\n` +
    `  usbip --tcp-port ${ready.port} attach -r ${ready.host} -b ${ready.readers[0]?.busId}\n` +
    "Ctrl-C ends it.\n";
}

function line(event: string, fields: object): string {
  return `${JSON.stringify({ event, schema: 1, ...fields })}\n`;
}

function print(text: string): void {
  process.stdout.write(text);
}
