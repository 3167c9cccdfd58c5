import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { type BenchOptions, openBench } from "../token/bench.ts";
import { clockFields, driftWords, tokenFields } from "../token/describe_token.ts";

/** `otpsmith devices`: readers and what lies on them. */
export async function devices(
  _source: string | undefined,
  options: BenchOptions & { readonly reader?: string },
  context: CommandContext,
): Promise<ExitCode> {
  const { out, signal } = context;
  const bench = await openBench(options, context);
  try {
    const states = await bench.station.probe({ signal });
    const obstacles = states.flatMap(({ transport, state }) =>
      state.usable || state.code === "no-reader" ? [] : [{ transport, ...state }]
    );
    const wanted = options.reader?.toLowerCase() ?? "";
    const endpoints = (await bench.station.endpoints({ signal }))
      .filter(({ label }) => label.toLowerCase().includes(wanted));
    const readers: Record<string, unknown>[] = [];
    for (const endpoint of endpoints) {
      const [survey] = endpoint.facts.card === "absent"
        ? []
        : await bench.station.survey([endpoint], { signal });
      const token = survey?.connection?.token;
      const error = survey?.error;
      readers.push({
        reader: endpoint.label,
        transport: endpoint.transport,
        card: endpoint.facts.card ?? (error?.code === "link/absent" ? "absent" : "present"),
        token: token ? { ...tokenFields(token.identity), clock: clockFields(token) } : null,
        ...(error ? { error: { code: error.code, message: error.message, next: error.next } } : {}),
      });
      out.line(out.style(endpoint.label, "bold"));
      if (token) {
        const { serial, model } = token.identity;
        const drift = token.clock ? `, clock ${driftWords(token.clock.seen.driftSeconds)}` : "";
        out.line(`  ${serial}  ${model ?? "unknown model"}${drift}`);
      } else {
        out.line(`  ${error?.message ?? "nothing on it that is switched on"}`);
        if (error?.next) out.line(`  ${error.next}`);
      }
      await survey?.connection?.[Symbol.asyncDispose]();
    }
    for (const { message, fix } of obstacles) out.problem({ message, next: fix });
    if (endpoints.length === 0 && obstacles.length === 0) {
      out.line("No reader is plugged in.");
    }
    const ok = obstacles.length === 0;
    const exit = ok ? EXIT.done : EXIT.failed;
    out.result({ command: "devices", ok, exit, readers, obstacles });
    return exit;
  } finally {
    await bench.close();
  }
}
