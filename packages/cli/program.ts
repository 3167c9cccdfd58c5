import { createRequire } from "node:module";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CliError } from "./cli_error.ts";
import { EXIT, EXIT_CODE_HELP, type ExitCode } from "./exit_code.ts";
import type { SimulatedTokenOptions } from "@otpsmith/simulator/expose";
import type { Io, Output } from "./io/output.ts";

/** What every command is given. */
export interface CommandContext {
  readonly io: Io;
  readonly out: Output;
  /** Fires at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Fires at the second one. */
  readonly abandon: AbortSignal;
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** A command's work. Loaded only when the command runs, so that `--help` stays quick. */
type Work = (
  source: string | undefined,
  options: never,
  context: CommandContext,
) => Promise<ExitCode>;
type Load = () => Promise<Work>;

/** Parses the command line and runs the command. */
export async function runProgram(
  argv: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const program = defineProgram(context, (code) => exit = code);
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done; // --help and --version
    if (error.code === "commander.help") return EXIT.usage; // called without a command: help was printed
    throw new CliError(cleanUsage(error.message), {
      code: `usage/${error.code.replace("commander.", "")}`,
      exit: EXIT.usage,
      next: "See 'otpsmith --help' and 'otpsmith COMMAND --help'.",
    });
  }
}

/** Commander quotes what was typed: a value behind "=" may be anything. */
function cleanUsage(message: string): string {
  const text = message.replace(/^error: /, "").replace(/='?[^'\s]*/g, "");
  return `Cannot run otpsmith: ${text}`;
}

function defineProgram(context: CommandContext, done: (exit: ExitCode) => void): Command {
  const { io } = context;
  const program = new Command("otpsmith")
    .description("Puts TOTP seeds into programmable hardware tokens and proves that they work.")
    .version(ownVersion(), "-V, --version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined, // said by main, in one voice with all other problems
    })
    .addHelpText(
      "after",
      `
Examples:
  otpsmith burn qr.png                        read the QR code, burn it, prove it
  otpsmith burn qr.png --simulator demo.json  the same with a simulated token
  otpsmith devices                            which readers there are and what lies on them
  otpsmith doctor                             what stands in the way, and how to remove it

${EXIT_CODE_HELP}`,
    );

  const add = (name: string, description: string, load: Load): Command => {
    const command = program.command(name).description(description)
      .option("--json", "one JSON object a line, the last one with the result")
      .option("--trace", "show every exchange with the token, secrets left out");
    command.action(async (...args: unknown[]) => {
      const source = command.registeredArguments.length > 0
        ? args[0] as string | undefined
        : undefined;
      const work = await load();
      done(await work(source, command.opts() as never, context));
    });
    return command;
  };

  const scan = add(
    "scan",
    "Say what a picture, file or standard input holds; secrets are never shown.",
    async () => (await import("./commands/scan.ts")).scan,
  );
  sourceArgument(scan);
  examples(scan, ["otpsmith scan qr.png", "otpsmith scan - --json < qr.png"]);

  const devices = add(
    "devices",
    "List readers and what lies on them.",
    async () => (await import("./commands/devices.ts")).devices,
  );
  readerOptions(devices);
  examples(devices, ["otpsmith devices", "otpsmith devices --json"]);

  const info = add(
    "info",
    "Read serial number, model and clock of a token. Changes nothing.",
    async () => (await import("./commands/info.ts")).info,
  );
  tokenOptions(info);
  examples(info, ["otpsmith info", "otpsmith info --reader omnikey"]);

  const burn = add(
    "burn",
    "Burn a seed into a token and prove that it shows the right code.",
    async () => (await import("./commands/burn.ts")).burn,
  );
  sourceArgument(burn);
  accountOptions(burn);
  tokenOptions(burn);
  burn
    .option("--no-sync", "leave the token's clock as it is")
    .addOption(
      new Option("--display-off <seconds>", "when the display goes off").argParser(wholeNumber),
    )
    .option(
      "--host-clock-checked",
      "this computer's clock was compared with another one and is right",
    )
    .option("--dry-run", "show the plan and write nothing")
    .option("--yes", "do not ask before the token is overwritten")
    .addOption(codeOption("the code on the token's display, for the proof"));
  examples(burn, [
    "otpsmith burn qr.png",
    "otpsmith burn qr.png --reader omnikey --serial 86596321234567 --yes",
    "otpsmith burn --as hex                      asks for the seed, hidden",
    "otpsmith burn qr.png --dry-run",
  ]);

  const verify = add(
    "verify",
    "Compare a code from a token's display with a seed. Sends nothing to the token.",
    async () => (await import("./commands/verify.ts")).verify,
  );
  sourceArgument(verify);
  accountOptions(verify);
  verify.addOption(codeOption("the code on the token's display"));
  simulatorOptions(verify);
  examples(verify, ["otpsmith verify qr.png --code 123456"]);

  const clock = add(
    "clock",
    "Show how far a token's clock is off, or set it.",
    async () => (await import("./commands/clock.ts")).clock,
  );
  tokenOptions(clock);
  clock
    .option("--sync", "set the token's clock to this computer's")
    .option(
      "--erase-seed",
      "agree to lose the seed, on models that forget it when the clock is set",
    )
    .option(
      "--host-clock-checked",
      "this computer's clock was compared with another one and is right",
    );
  parameterOptions(clock);
  examples(clock, ["otpsmith clock", "otpsmith clock --sync"]);

  const sim = program.command("sim").description("Simulated tokens.");
  const simRun = simCommand(
    sim,
    "run",
    "Put simulated tokens on simulated readers until it is stopped.",
    async () => (await import("./commands/sim_run.ts")).simRun,
    context,
    done,
  );
  const tokens: Writable<SimulatedTokenOptions>[] = [];
  // Options describe the token that was named last; what stands before the first is that one's, too.
  const describe = (field: keyof SimulatedTokenOptions) => (value: string): typeof tokens => {
    if (tokens.length === 0 || (field === "model" && tokens.at(-1)!.model !== undefined)) {
      tokens.push({});
    }
    if (tokens.at(-1)![field] !== undefined) {
      throw new InvalidArgumentError("It is given twice for one token.");
    }
    tokens.at(-1)![field] = value;
    return tokens;
  };
  simRun
    .option(
      "--token <spec>",
      "token2-single:MODEL, on a reader of its own; may be repeated",
      describe("model"),
    )
    .option("--serial <digits>", "its serial number", describe("serial"))
    .option("--state <file>", "where it keeps its storage; made if missing", describe("state"))
    .option("--reader <name>", "what its reader is called", describe("reader"))
    .option("--scenario <file>", "a bench of tokens, described in a file")
    .addOption(
      new Option("--expose <how>", "driver of the private daemon").choices(["pcscd", "vpcd"])
        .default("pcscd"),
    )
    .hook("preAction", (command) => {
      command.setOptionValue("tokens", tokens);
    });
  examples(simRun, [
    "otpsmith sim run --token token2-single:C302-i --state token.json",
    "otpsmith sim run --scenario bench.json --expose vpcd",
  ]);
  const simDisplay = simCommand(
    sim,
    "display",
    "Switch a simulated token off and on and print what its display shows.",
    async () => (await import("./commands/sim_display.ts")).simDisplay,
    context,
    done,
  );
  simDisplay.requiredOption("--state <file>", "the token's storage");
  examples(simDisplay, ["otpsmith sim display --state token.json"]);

  const doctor = add(
    "doctor",
    "Find what stands in the way, and say how to remove it.",
    async () => (await import("./commands/doctor.ts")).doctor,
  );
  simulatorOptions(doctor);
  examples(doctor, ["otpsmith doctor"]);
  return program;
}

function simCommand(
  sim: Command,
  name: string,
  description: string,
  load: Load,
  context: CommandContext,
  done: (exit: ExitCode) => void,
): Command {
  const command = sim.command(name).description(description)
    .option("--json", "one JSON object a line, the last one with the result");
  return command.action(async () => {
    const work = await load();
    done(await work(undefined, command.opts() as never, context));
  });
}

function sourceArgument(command: Command): void {
  command.argument(
    "[source]",
    "picture or text file, '-' for standard input; asked for if left out",
  )
    .addOption(
      new Option("--pick <number>", "which of several codes in the picture, counted from 1")
        .argParser(wholeNumber),
    );
}

function accountOptions(command: Command): void {
  command.addOption(
    new Option("--as <form>", "how a typed seed is written; never guessed").choices([
      "base32",
      "hex",
    ]),
  );
  parameterOptions(command);
  command.addOption(
    new Option("--digits <number>", "code length, for a typed seed").argParser(wholeNumber),
  );
}

function parameterOptions(command: Command): void {
  command
    .addOption(
      new Option("--algorithm <name>", "hash function, where the source does not say").choices([
        "SHA1",
        "SHA256",
        "SHA512",
      ]),
    )
    .addOption(
      new Option("--period <seconds>", "time step, where the source does not say").argParser(
        wholeNumber,
      ),
    );
}

function readerOptions(command: Command): void {
  command
    .option("--reader <name>", "part of the reader's name")
    .option("--binding <name>", "PC/SC binding: pcsclite or koffi")
    .option("--profile <file...>", "profile of tokens under another label");
  simulatorOptions(command);
}

function tokenOptions(command: Command): void {
  readerOptions(command);
  command
    .option("--serial <digits>", "the token's serial number: no other token is touched")
    .addOption(
      new Option("--wait <seconds>", "how long to wait for a token").argParser(wholeNumber),
    );
}

function simulatorOptions(command: Command): void {
  command
    .option("--simulator <file>", "use a simulated token whose storage is FILE; made if missing")
    .option("--token <spec>", "what kind of token a new FILE becomes: token2-single:MODEL");
}

function codeOption(description: string): Option {
  return new Option("--code <digits>", description);
}

function examples(command: Command, lines: readonly string[]): void {
  command.addHelpText("after", `\nExamples:\n  ${lines.join("\n  ")}\n\n${EXIT_CODE_HELP}`);
}

function wholeNumber(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("A whole number is wanted.");
  return Number(text);
}

function ownVersion(): string {
  const { version } = createRequire(import.meta.url)("@otpsmith/cli/package.json") as {
    version: string;
  };
  return version;
}
