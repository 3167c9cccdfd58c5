import type { CaseResult, Tier } from "@otpsmith/conformance";
import type { ExitCode } from "../exit_code.ts";

/** What is to be tried, and what lies on the table. Goes to the worker as JSON. */
export interface Job {
  /** As `--transport` named it; a simulated token is used where it is left out. */
  readonly transport?: string | undefined;
  readonly binding?: "pcsclite" | "koffi" | undefined;
  /** Storage of a simulated token, and what a missing file becomes. */
  readonly simulator?: string | undefined;
  readonly token?: string | undefined;
  readonly profile?: readonly string[] | undefined;
  /** Reader with an echo card, reader without a card, reader with a token: parts of their names. */
  readonly echo?: string | undefined;
  readonly absent?: string | undefined;
  readonly reader?: string | undefined;
  /** Serial number of the token that may be overwritten. */
  readonly allowBurn?: string | undefined;
  /** Whether somebody can be asked to do something. */
  readonly interactive: boolean;
  readonly tiers: readonly Tier[];
  /** Ids of cases, or beginnings of ids; all of them where left out. */
  readonly only?: readonly string[] | undefined;
  /** Cases that an earlier worker has tried. */
  readonly done: readonly string[];
}

/** One case, as it is announced. */
export interface Announced {
  readonly id: string;
  readonly title: string;
  readonly tier: Tier;
}

/** What the worker found before the first case. */
export interface Ready {
  readonly is: "ready";
  readonly transport: { readonly name: string; readonly kinds: readonly string[] };
  /** Why it cannot be used here and now. */
  readonly obstacle?: { readonly code: string; readonly message: string; readonly fix: string };
  readonly cases: readonly Announced[];
}

/** What ends the command before the first case. */
export interface Failure {
  readonly code: string;
  readonly message: string;
  readonly next?: string | undefined;
  readonly exit: ExitCode;
}

/** What a worker says. */
export type FromWorker =
  | { readonly is: "does"; readonly what: string }
  | Ready
  | { readonly is: "begins"; readonly id: string }
  | { readonly is: "ended"; readonly result: CaseResult }
  | { readonly is: "asks"; readonly question: string }
  | { readonly is: "fails"; readonly failure: Failure }
  | { readonly is: "crashes"; readonly how: string }
  | { readonly is: "done" };

/** What a worker is told. */
export type ToWorker =
  | { readonly is: "job"; readonly job: Job }
  | { readonly is: "answer"; readonly text: string };
