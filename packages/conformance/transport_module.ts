import type { Transport } from "@otpsmith/core/link";
import type { CaseHost, TransportSetup } from "./mod.ts";

/**
 * Version of the contract between a transport and otpsmith. A transport that was written for another one
 * is refused before it is used: it might take bytes for sent that are not.
 */
export const TRANSPORT_CONTRACT = 1;

/**
 * What a module exports that `otpsmith --transport ./my_reader.ts` can use.
 *
 * @example A module of a reader, and how it is tried
 * ```ts
 * import type { CaseHost, TransportModule, TransportSetup } from "@otpsmith/conformance";
 * import type { Transport } from "@otpsmith/core/link";
 *
 * export const contract = 1;
 *
 * export default function myReader(): Transport {
 *   return {
 *     name: "my-reader",
 *     kinds: ["apdu"],
 *     probe: () => Promise.resolve({ usable: true }),
 *     list: () => Promise.resolve([]),
 *     watch: async function* () { yield []; },
 *     [Symbol.asyncDispose]: () => Promise.resolve(),
 *   };
 * }
 *
 * export const conformance: CaseHost<TransportSetup> = {
 *   setup: () => Promise.resolve({ transport: myReader() }),
 *   supports: { echo: "nothing is plugged in", absent: "it has one reader" },
 * };
 *
 * ({ contract, default: myReader, conformance }) satisfies TransportModule;
 * ```
 */
export interface TransportModule {
  /** The version of the contract that it was written for: 1. */
  readonly contract: typeof TRANSPORT_CONTRACT;
  /** Makes a transport, a new one at each call. Opens and loads nothing. */
  readonly default: () => Transport;
  /** How it is tried. Without it only what needs no echo device is. */
  readonly conformance?: CaseHost<TransportSetup> | undefined;
}
