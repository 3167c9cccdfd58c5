/**
 * Cases for transports.
 *
 * @module
 */
export { transportCases, transportCasesFor } from "./cases.ts";
export type {
  ChildProgram,
  PlugHands,
  TokenToBurn,
  TokenToRead,
  TransportCase,
  TransportSetup,
} from "./setup.ts";
