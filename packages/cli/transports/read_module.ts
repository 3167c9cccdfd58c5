import { TRANSPORT_CONTRACT, type TransportModule } from "@otpsmith/conformance";
import type { Transport } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { NamedTransport } from "./named_transport.ts";

const METHODS = ["probe", "list", "watch", Symbol.asyncDispose] as const;

/**
 * Takes what a module exports, if that is a transport of this contract.
 *
 * @throws {CliError} With what the module has to export instead.
 */
export function readModule(exports: object, spec: string): NamedTransport {
  const { contract, default: make, conformance } = exports as Partial<TransportModule>;
  const cannot = (code: string, state: string, next: string): CliError =>
    new CliError(`Cannot use transport "${spec}": ${state}`, { code, exit: EXIT.failed, next });
  if (typeof make !== "function") {
    const what = make === undefined ? "nothing as its default" : "no function as its default";
    throw cannot("transport/no-export", `it exports ${what}`, EXPORT_THIS);
  }
  if (contract === undefined) {
    throw cannot("transport/contract", "it does not say for which contract it was written", SAY_IT);
  }
  if (contract !== TRANSPORT_CONTRACT) {
    const other = typeof contract === "number" ? `contract ${contract}` : "another contract";
    throw cannot(
      "transport/contract",
      `it was written for ${other}, and this otpsmith knows contract ${TRANSPORT_CONTRACT}`,
      Number(contract) > TRANSPORT_CONTRACT
        ? "Update otpsmith, or take an older version of the transport."
        : "Take a newer version of the transport; its author finds what changed in CHANGELOG.md.",
    );
  }
  if (conformance !== undefined && typeof conformance.setup !== "function") {
    throw cannot("transport/no-export", "its conformance has no function setup()", EXPORT_THIS);
  }
  return {
    make: () => {
      const transport = make() as Transport | undefined;
      const lacking = METHODS.filter((name) => typeof transport?.[name] !== "function");
      if (lacking.length === 0) return transport!;
      const names = lacking.map((name) =>
        typeof name === "symbol" ? "[Symbol.asyncDispose]" : name
      );
      throw cannot(
        "transport/no-export",
        `what its default makes is no transport: it has no ${names.join(", no ")}`,
        "Return a Transport of @otpsmith/core/link from it, and not a promise of one.",
      );
    },
    conformance,
  };
}

const EXPORT_THIS =
  "Export as the default a function that makes a transport, a new one at each call: " +
  "export default () => myReader();";
const SAY_IT = `Add to the module: export const contract = ${TRANSPORT_CONTRACT};`;
