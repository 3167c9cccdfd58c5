import { arch, platform, release } from "node:os";
import { encodeHex, type Endpoint, isProjectError, safeProbe, withLink } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { ownVersion } from "../own_version.ts";
import { type Bench, openBench } from "./bench.ts";
import { tokenFields } from "./describe_token.ts";
import type { TokenOptions } from "./with_token.ts";

/** So many digits of a serial number name a model; the rest names its owner. */
const KEPT_DIGITS = 7;

/**
 * `otpsmith info --report`: what every reader's card answers to commands that only read, for tokens that
 * no driver knows. Nobody's secrets are in it, nor the end of a serial number.
 */
export async function report(options: TokenOptions, context: CommandContext): Promise<ExitCode> {
  const { out, signal } = context;
  const bench = await openBench({ ...options, trace: false }, context);
  try {
    const wanted = options.reader?.toLowerCase() ?? "";
    const endpoints = (await bench.station.endpoints({ signal })).filter(({ label, facts, kind }) =>
      label.toLowerCase().includes(wanted) && facts.card !== "absent" && kind === "apdu"
    );
    if (endpoints.length === 0) throw nothingThere();
    const system =
      `otpsmith ${ownVersion()}, Node ${process.version}, ${platform()} ${release()} ${arch()}`;
    out.line(system);
    const readers: object[] = [];
    for (const endpoint of endpoints) readers.push(await look(endpoint, { bench, context }));
    out.line();
    out.line("Look it over, add the name that stands on the token, and send it in.");
    out.result({ command: "info", ok: true, exit: EXIT.done, report: { system, readers } });
    return EXIT.done;
  } finally {
    await bench.close();
  }
}

async function look(
  endpoint: Endpoint,
  { bench, context }: { readonly bench: Bench; readonly context: CommandContext },
): Promise<object> {
  const { out, signal } = context;
  out.line();
  out.field("Reader", endpoint.label);
  const atr = endpoint.facts.atr && encodeHex(endpoint.facts.atr);
  if (atr) out.field("ATR", atr);
  const [survey] = await bench.station.survey([endpoint], { signal });
  const token = survey?.connection?.token;
  const known = token && {
    ...tokenFields(token.identity),
    serial: `${token.identity.serial.slice(0, KEPT_DIGITS)}…`,
    driver: token.identity.driver,
  };
  await survey?.connection?.[Symbol.asyncDispose]();
  if (known) {
    out.field("Token", `${known.family}, ${known.model ?? "unknown model"} (${known.driver})`);
  } else out.field("Token", survey?.error?.message ?? "not recognised");
  try {
    const answers = await withLink(
      endpoint as Endpoint<"apdu">,
      (link) => safeProbe(link, { signal }),
      { share: "exclusive", signal },
    );
    for (const { asked, command, answer, status } of answers) {
      out.line(`  ${asked}`);
      out.line(`    ${command}`);
      out.line(`    ${answer} ${status}`.replace("  ", " "));
    }
    return { reader: endpoint.label, atr: atr ?? null, token: known ?? null, answers };
  } catch (error) {
    if (!isProjectError(error)) throw error;
    out.line(`  ${error.message}`);
    const { code, message } = error;
    return {
      reader: endpoint.label,
      atr: atr ?? null,
      token: known ?? null,
      error: { code, message },
    };
  }
}

function nothingThere(): CliError {
  return new CliError("Cannot make a report: nothing lies on a reader", {
    code: "needs-person/no-token",
    exit: EXIT.needsPerson,
    next: "Switch the token on, place it flat on the reader, and do it again.",
  });
}
