import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import { CliError } from "./cli_error.ts";
import { COMMON, type OptionSpec, SCREEN } from "./commands/options.ts";
import { COMMANDS, type CommandSpec } from "./commands/table.ts";
import { EXIT, EXIT_CODE_HELP, type ExitCode } from "./exit_code.ts";
import type { Io, Output } from "./io/output.ts";
import { ownVersion } from "./own_version.ts";

/** What every command is given. */
export interface CommandContext {
  readonly io: Io;
  readonly out: Output;
  /** Fires at the first Ctrl-C. */
  readonly signal: AbortSignal;
  /** Fires at the second one. */
  readonly abandon: AbortSignal;
}

type Run = (spec: CommandSpec, source: string | undefined, options: object) => Promise<void>;

const HELP = `
Examples:
  otpsmith burn qr.png                        read the QR code, burn it, prove it
  otpsmith burn qr.png --simulator demo.json  the same with a simulated token
  otpsmith devices                            which readers there are and what lies on them
  otpsmith doctor                             what stands in the way, and how to remove it

${EXIT_CODE_HELP}`;

/** Parses the command line and runs the command. */
export async function runProgram(
  argv: readonly string[],
  context: CommandContext,
): Promise<ExitCode> {
  let exit: ExitCode = EXIT.done;
  const program = defineProgram(context.io, wantedBy(argv), async (spec, source, options) => {
    const work = await spec.load();
    exit = await work(source, options as never, context);
  });
  try {
    await program.parseAsync([...argv], { from: "user" });
    return exit;
  } catch (error) {
    if (!(error instanceof CommanderError)) throw error;
    if (error.exitCode === 0) return EXIT.done; // --help and --version
    throw new CliError(cleanUsage(error), {
      code: `usage/${kebab(error.code.replace("commander.", ""))}`,
      exit: EXIT.usage,
      next: "See 'otpsmith --help' and 'otpsmith COMMAND --help'.",
    });
  }
}

/** Codes of ours are written like that everywhere. */
function kebab(name: string): string {
  return name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);
}

/** Commander quotes what was typed, which may be anything, a seed too: only words of ours come back. */
function cleanUsage({ code, message }: CommanderError): string {
  if (code === "commander.help") return "Cannot run otpsmith: no command was named";
  const text = message.replace(/^error: /, "")
    .replace(/ ?'([^']*)'/g, (quoted, word: string) => OWN_WORDS.has(word) ? quoted : "");
  return `Cannot run otpsmith: ${text}`;
}

const OWN_WORDS: ReadonlySet<string> = new Set([
  ...COMMANDS.flatMap(({ name, options }) => [
    ...name.split(" "),
    ...options.map(({ flags }) => flags),
  ]),
  ...[...SCREEN, ...COMMON].map(({ flags }) => flags),
]);

/** The command that is named first, alone: to define all of them takes as long as many a command. */
function wantedBy([first]: readonly string[]): readonly CommandSpec[] {
  const named = COMMANDS.filter(({ name }) => name.split(" ", 1)[0] === first);
  return named.length > 0 ? named : COMMANDS; // for the help, and for what is close to a wrong word
}

function defineProgram(io: Io, commands: readonly CommandSpec[], run: Run): Command {
  const program = new Command("otpsmith")
    .description("Puts TOTP seeds into programmable hardware tokens and proves that they work.")
    .version(ownVersion(), "-V, --version")
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void io.stdout.write(text),
      writeErr: (text) => void io.stderr.write(text),
      outputError: () => undefined, // said by main, in one voice with all other problems
    })
    .addHelpText("after", HELP);
  const groups = new Map<string, Command>();
  for (const spec of commands) {
    const words = spec.name.split(" ");
    const [name] = words.slice(-1);
    let parent = program;
    if (words.length > 1) {
      parent = groups.get(words[0]!) ?? program.command(words[0]!).description("Simulated tokens.");
      groups.set(words[0]!, parent);
    }
    defineCommand(parent.command(name!), spec, run);
  }
  return program;
}

function defineCommand(command: Command, spec: CommandSpec, run: Run): void {
  command.description(spec.says);
  if (spec.source) {
    const says =
      "picture or text file, '-' for standard input, 'screen', 'window', 'clipboard'; else asked for";
    command.argument(spec.source === "many" ? "[source...]" : "[source]", says);
  }
  const tokens: Record<string, string>[] = [];
  const shared = spec.source ? [...SCREEN, ...COMMON] : COMMON;
  for (const option of [...spec.options, ...shared]) command.addOption(toOption(option, tokens));
  command.addHelpText("after", `\nExamples:\n  ${spec.examples.join("\n  ")}\n\n${EXIT_CODE_HELP}`);
  command.action(async (...args: unknown[]) => {
    const sources = spec.source ? [args[0] as string | string[] | undefined].flat() : [];
    const [source, ...more] = sources;
    await run(spec, source, { ...command.opts(), more, tokens });
  });
}

function toOption(spec: OptionSpec, tokens: Record<string, string>[]): Option {
  const option = new Option(spec.flags, spec.says);
  if (spec.choices) option.choices(spec.choices);
  if (spec.default !== undefined) option.default(spec.default);
  const read: (value: string) => unknown = spec.number
    ? wholeNumber(spec.number)
    : (value) => value;
  if (spec.number) option.argParser(read);
  if (spec.repeatable) {
    option.argParser((value: string, all: readonly unknown[] = []) => [...all, read(value)]);
  }
  if (spec.required) option.makeOptionMandatory();
  const { ofToken } = spec;
  if (ofToken) {
    option.argParser((value: string) => {
      const last = tokens.at(-1);
      // What stands before the first token describes that one, too.
      const next = !last || (ofToken === "model" && last["model"] !== undefined);
      if (next) tokens.push({ [ofToken]: value });
      else if (last[ofToken] !== undefined) {
        throw new InvalidArgumentError("It is given twice for one token.");
      } else last[ofToken] = value;
      return value;
    });
  }
  return option;
}

function wholeNumber(
  { from, to, orText }: { from: number; to: number; orText?: boolean },
): (text: string) => number | string {
  return (text) => {
    if (orText && !/^-?\d+$/.test(text)) return text;
    if (/^\d{1,9}$/.test(text) && Number(text) >= from && Number(text) <= to) return Number(text);
    throw new InvalidArgumentError(`A whole number from ${from} to ${to} is wanted.`);
  };
}
