import type { CaseHost, TransportSetup } from "@otpsmith/conformance";
import type { Transport } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { EMBEDDED, type EmbeddedOptions } from "./embedded.ts";

/** A transport that was named on the command line. */
export interface NamedTransport {
  /** Makes a new one. */
  make(): Transport;
  /** How its module wants it to be tried, if it says so. */
  readonly conformance?: CaseHost<TransportSetup> | undefined;
}

/**
 * Finds what `--transport` names: one that comes with the command (`pcsc`, `pn532:/dev/ttyUSB0`), or a
 * module (`./my_reader.ts`), which is run.
 *
 * @throws {CliError} With what is wrong with the name or the module.
 */
export async function namedTransport(
  spec: string,
  options: EmbeddedOptions = {},
): Promise<NamedTransport> {
  const [name = ""] = spec.split(":", 1);
  const embedded = Object.hasOwn(EMBEDDED, name) ? EMBEDDED[name] : undefined;
  if (embedded) return { make: await embedded.load(spec.slice(name.length + 1), options) };
  if (isModule(spec)) return await (await import("./load_module.ts")).loadModule(spec);
  const known = Object.values(EMBEDDED).map((one) => one.spec).join(", ");
  throw new CliError("Cannot use --transport: there is none of that name", {
    code: "usage/transport",
    exit: EXIT.usage,
    next: `Name one of ${known}, or a module by its path, such as ./my_reader.ts.`,
  });
}

/** Whether a name is the path of a module, or that of a scoped package. A bare word never is. */
export function isModule(spec: string): boolean {
  return /[\\/]|\.[mc]?[jt]s$/.test(spec);
}
