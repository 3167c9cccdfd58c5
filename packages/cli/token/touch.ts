import type { Hand, TouchWanted } from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import { ask } from "../io/prompt.ts";
import type { CommandContext } from "../program.ts";
import type { Bench } from "./bench.ts";

/**
 * Shows a person that a token waits for a touch. Where the token does not tell when it was done, the
 * person says so; a simulated token's button is pressed at once.
 */
export function showTouch(
  { context, bench }: { readonly context: CommandContext; readonly bench: Bench },
): (wanted: TouchWanted) => Promise<void> {
  const { io, out, signal } = context;
  return async ({ hand, says, tells }) => {
    out.event("wants-touch", { hand, tells });
    out.progress(says);
    if (bench.simulated) bench.simulated.press();
    else if (tells) return;
    else if (out.interactive) await ask("Press Enter when it is done. ", { io, signal });
    else throw nobodyThere(says);
  };
}

/**
 * Refuses before anything is sent what wants a button pressed, where nobody is there to say that it was:
 * whether it happened would be left open.
 */
export function needSomebody(
  hands: readonly Hand[],
  { context, bench }: { readonly context: CommandContext; readonly bench: Bench },
): void {
  if (!hands.includes("press") || context.out.interactive || bench.simulated) return;
  throw new CliError("Cannot do that: the token's button has to be pressed, and nobody is there", {
    code: "needs-person/touch",
    exit: EXIT.needsPerson,
    next: "Nothing was sent. Run the command in a terminal, with the token at hand.",
  });
}

function nobodyThere(says: string): CliError {
  return new CliError(`Cannot go on: the token waits for a person. ${says}`, {
    code: "needs-person/touch",
    exit: EXIT.needsPerson,
    next: "Run the command in a terminal, with the token at hand.",
  });
}
