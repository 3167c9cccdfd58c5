/**
 * The `otpsmith` command, for programs that want to run it in their own process.
 *
 * @module
 */
export { main, run } from "./main.ts";
export { EXIT, EXIT_CODE_HELP, type ExitCode } from "./exit_code.ts";
export type { Io } from "./io/output.ts";
