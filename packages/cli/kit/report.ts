import type { CaseResult } from "@otpsmith/conformance";

/** How a run of the kit went. */
export interface KitReport {
  /** Name of the transport, and how it was named on the command line. */
  readonly transport: { readonly name: string; readonly kinds: readonly string[] };
  readonly from: string;
  readonly versions: {
    readonly otpsmith: string;
    readonly runtime: string;
    readonly system: string;
  };
  /** When, in UTC: `2026-11-25T19:00:00Z`. */
  readonly at: string;
  readonly seconds: number;
  readonly results: readonly CaseResult[];
}

/** How many cases ended how. */
export function countOutcomes(
  results: readonly CaseResult[],
): Readonly<Record<CaseResult["outcome"], number>> {
  const count = (wanted: CaseResult["outcome"]): number =>
    results.filter(({ outcome }) => outcome === wanted).length;
  return { kept: count("kept"), broken: count("broken"), skipped: count("skipped") };
}

/** The report as a person puts it into a pull request, laid out as `deno fmt` leaves it. */
export function toMarkdown(report: KitReport): string {
  const { transport, from, versions, at, seconds, results } = report;
  const { kept, broken, skipped } = countOutcomes(results);
  const facts = [
    ["transport", `${transport.name} (${transport.kinds.join(", ")}), \`${from}\``],
    ["otpsmith", versions.otpsmith],
    ["runtime", versions.runtime],
    ["system", versions.system],
    ["date", at],
  ];
  const rows = results.map((result) => [
    result.id,
    result.outcome,
    oneLine(result.outcome === "kept" ? result.title : result.why),
  ]);
  return [
    `## Conformance of ${transport.name}`,
    "",
    `${results.length} cases: ${kept} kept, ${broken} broken, ${skipped} skipped, in ${seconds} s.`,
    "",
    ...table(["what", "which"], facts),
    "",
    ...table(["case", "outcome", "why"], rows),
    "",
  ].join("\n");
}

function oneLine(text: string): string {
  return text.replaceAll("|", "\\|").replace(/\s+/g, " ");
}

function table(
  head: readonly string[],
  rows: readonly (readonly string[])[],
): readonly string[] {
  const widths = head.map((_, i) => Math.max(...[head, ...rows].map((row) => row[i]!.length)));
  const line = (cells: readonly string[], fill = " "): string =>
    `| ${cells.map((cell, i) => cell.padEnd(widths[i]!, fill)).join(" | ")} |`;
  return [line(head), line(head.map(() => ""), "-"), ...rows.map((row) => line(row))];
}
