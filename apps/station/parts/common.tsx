import type { ComponentChildren, JSX } from "preact";
import type { StationProblem } from "@otpsmith/cli/station_api";
import { texts } from "../texts/mod.ts";

/** How far a section of the work is. */
export type Progress = "now" | "done" | "later";

/** One of the five sections: numbered, named, and plain about whether it is its turn. */
export function Section(
  { id, number, title, progress, children }: {
    readonly id: string;
    readonly number: number;
    readonly title: string;
    readonly progress: Progress;
    readonly children: ComponentChildren;
  },
): JSX.Element {
  return (
    <section
      id={id}
      class={`step ${progress}`}
      aria-labelledby={`${id}-title`}
      aria-current={progress === "now" ? "step" : undefined}
      tabIndex={-1}
    >
      <h2 id={`${id}-title`}>
        <span class="number" aria-hidden="true">{progress === "done" ? "✓" : number}</span>
        {title}
      </h2>
      <div class="body">{children}</div>
    </section>
  );
}

/** What is wrong and what to do. Screen readers say it at once. */
export function Problem({ problem }: { readonly problem: StationProblem }): JSX.Element {
  return (
    <div class="problem" role="alert" data-code={problem.code}>
      <p class="what">{sentence(problem.message)}</p>
      {problem.next === null ? null : <p>{problem.next}</p>}
    </div>
  );
}

/** A sentence ends with a full stop. */
export function sentence(text: string): string {
  return /[.!?]$/.test(text) ? text : `${text}.`;
}

/** Names and values. */
export function Facts(
  { rows }: { readonly rows: readonly (readonly [name: string, value: ComponentChildren])[] },
): JSX.Element {
  return (
    <dl class="facts">
      {rows.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}

/** A service and an account as one name. */
export function accountName({ issuer, account }: { issuer: string; account: string }): string {
  return [issuer, account].filter((part) => part !== "").join(": ") || texts.scan.unnamed;
}
