import { describeHolds } from "@otpsmith/core";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { journalPath, lastBurn } from "../journal/journal_file.ts";
import type { CommandContext } from "../program.ts";
import { type BenchOptions, openBench } from "../token/bench.ts";
import { clockFields, showToken, tokenFields } from "../token/describe_token.ts";
import { type PickOptions, pickToken } from "../token/pick_token.ts";

/** `otpsmith info`: who a token is and what its clock says. */
export async function info(
  _source: string | undefined,
  options: BenchOptions & PickOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const bench = await openBench(options, context);
  try {
    const connection = await pickToken(bench, { ...options, context });
    try {
      const { token, endpoint } = connection;
      showToken(token, out);
      out.field("Reader", endpoint.label);
      out.field("Evidence", `${token.evidence.level}. ${token.evidence.note}`);
      const burned = await lastBurn(journalPath(context.io.env), token.identity.serial);
      if (burned && burned.last.event !== "done") {
        const holds = describeHolds(burned.last.holds ?? ["old-seed", "no-seed", "new-seed"]);
        out.warn(
          `The last burn of this token from this computer was cut off. ${holds}: burn it again.`,
        );
      }
      out.result({
        command: "info",
        ok: true,
        exit: EXIT.done,
        ...tokenFields(token.identity),
        clock: clockFields(token),
        driftSeconds: token.clock?.seen.driftSeconds ?? null,
        evidence: token.evidence,
        traits: token.traits ?? null,
        reader: endpoint.label,
        lastBurn: burned ? { ...burned.parameters, complete: burned.last.event === "done" } : null,
      });
      return EXIT.done;
    } finally {
      await connection[Symbol.asyncDispose]();
    }
  } finally {
    await bench.close();
  }
}
