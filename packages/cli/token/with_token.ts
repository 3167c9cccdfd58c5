import type { TokenConnection } from "@otpsmith/core";
import type { CommandContext } from "../program.ts";
import { type Bench, type BenchOptions, openBench } from "./bench.ts";
import { type PickOptions, pickToken } from "./pick_token.ts";

/** Options of every command that talks to one token. */
export interface TokenOptions extends BenchOptions, PickOptions {}

/** Finds the token that is meant, lends its connection to `use`, and closes all whatever happens. */
export async function withToken<T>(
  options: TokenOptions & { readonly context: CommandContext },
  use: (connection: TokenConnection, bench: Bench) => Promise<T>,
): Promise<T> {
  const bench = await openBench(options, options.context);
  try {
    const connection = await pickToken(bench, options);
    try {
      return await use(connection, bench);
    } finally {
      await connection[Symbol.asyncDispose]();
    }
  } finally {
    await bench.close();
  }
}
