import {
  type Endpoint,
  LinkError,
  type ProjectError,
  systemTime,
  type TokenConnection,
} from "@otpsmith/core";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import type { Bench } from "./bench.ts";

/** Options that say which token is meant. */
export interface PickOptions {
  readonly reader?: string;
  readonly serial?: string;
  readonly application?: string;
  readonly wait?: number;
}

/** A person who has to fetch a token needs about this long. */
const WAIT_FOR_PERSON_S = 60;

/**
 * Finds the one token that is meant and connects to it. Never takes "the first that matches": two
 * tokens, or two with the same serial number, are a question for a person. Waits for a token to be
 * placed where somebody is there to place one.
 *
 * @throws {CliError} With what to do: no reader, no token, several tokens.
 */
export async function pickToken(
  bench: Bench,
  options: PickOptions & { readonly context: CommandContext },
): Promise<TokenConnection> {
  const { context } = options;
  const waitS = options.wait ??
    (context.out.interactive && !bench.simulated ? WAIT_FOR_PERSON_S : 0);
  const first = await bench.station.endpoints({ signal: context.signal });
  if (first.length === 0) await explainNoReaders(bench, context);
  const attempt = await tryAll(first, bench, options);
  if ("token" in attempt) return attempt;
  if (waitS === 0 || !attempt.worthWaiting) throw attempt.error;
  return await waitForToken(bench, { ...options, waitS, problem: attempt });
}

interface NotYet {
  readonly error: ProjectError;
  readonly worthWaiting: boolean;
}

async function waitForToken(
  bench: Bench,
  options: PickOptions & {
    readonly context: CommandContext;
    readonly waitS: number;
    readonly problem: NotYet;
  },
): Promise<TokenConnection> {
  const { context, waitS, problem } = options;
  const deadline = new AbortController();
  // Unlike AbortSignal.timeout() this keeps the process alive while nothing else does.
  const cancelDeadline = systemTime.alarm(waitS * 1000, () => deadline.abort());
  context.out.progress(problem.error.message);
  context.out.progress(`Waiting up to ${waitS} s. ${problem.error.next ?? ""}`.trim());
  context.out.event("waiting", { for: "token", seconds: waitS });
  let { error } = problem;
  try {
    for await (const endpoints of bench.watch(AbortSignal.any([context.signal, deadline.signal]))) {
      if (endpoints.length === 0) {
        throw new LinkError("lost", "Cannot wait for a token: the reader was unplugged", {
          delivery: "not-sent",
          next: "Plug the reader in again and repeat the command.",
        });
      }
      const attempt = await tryAll(endpoints, bench, options);
      if ("token" in attempt) return attempt;
      if (!attempt.worthWaiting) throw attempt.error;
      error = attempt.error;
    }
  } finally {
    cancelDeadline();
  }
  if (context.signal.aborted) {
    throw new LinkError("aborted", "Cannot wait for a token: it was stopped", {
      delivery: "not-sent",
    });
  }
  throw error;
}

async function tryAll(
  all: readonly Endpoint[],
  bench: Bench,
  { reader, serial, application, context }: PickOptions & { readonly context: CommandContext },
): Promise<TokenConnection | NotYet> {
  const wanted = reader?.toLowerCase();
  const named = wanted === undefined
    ? all
    : all.filter((endpoint) => endpoint.label.toLowerCase().includes(wanted));
  if (named.length === 0 && all.length > 0) throw noSuchReader(reader!, all);
  const occupied = named.filter(({ facts }) => facts.card !== "absent");
  const surveys = await bench.station.survey(occupied, {
    application,
    signal: context.signal,
  });
  const found = surveys.flatMap(({ connection }) => connection ? [connection] : []);
  const meant = serial === undefined
    ? found
    : found.filter(({ token }) => token.identity.serial === serial);
  if (meant.length === 1) {
    await closeAll(found.filter((connection) => connection !== meant[0]));
    return meant[0]!;
  }
  const seen = found.map(({ token, endpoint }) => ({
    reader: endpoint.label,
    serial: token.identity.serial,
    model: token.identity.model ?? null,
  }));
  await closeAll(found);
  if (meant.length > 1) throw severalTokens(seen);
  const failure = surveys.find(({ error }) => error)?.error;
  if (found.length > 0) return { error: otherToken(serial!, seen), worthWaiting: true };
  if (failure) {
    return {
      error: failure,
      worthWaiting: failure.code === "link/absent" || failure.code === "link/lost",
    };
  }
  return { error: noToken(named), worthWaiting: true };
}

async function closeAll(connections: readonly TokenConnection[]): Promise<void> {
  await Promise.all(connections.map((connection) => connection[Symbol.asyncDispose]()));
}

async function explainNoReaders(bench: Bench, { signal }: CommandContext): Promise<never> {
  for (const { state } of await bench.station.probe({ signal })) {
    if (!state.usable) {
      throw new CliError(state.message, {
        code: `transport/${state.code}`,
        exit: state.code === "no-reader" ? EXIT.needsPerson : EXIT.failed,
        next: state.fix,
      });
    }
  }
  throw new CliError("Cannot find a reader: none is plugged in", {
    code: "transport/no-reader",
    exit: EXIT.needsPerson,
    next: "Plug a smart-card reader in, or see 'otpsmith doctor'.",
  });
}

function noSuchReader(reader: string, all: readonly Endpoint[]): CliError {
  return new CliError(
    `Cannot find reader "${reader}": there are ${all.map(({ label }) => `"${label}"`).join(", ")}`,
    {
      code: "reader/unknown",
      exit: EXIT.refused,
      next: "Name a part of one of these.",
      fields: { readers: all.map(({ label }) => label) },
    },
  );
}

function noToken(readers: readonly Endpoint[]): CliError {
  const where = readers.length === 1 ? ` on "${readers[0]!.label}"` : "";
  return new CliError(`Cannot find a token: nothing answers${where}`, {
    code: "needs-person/no-token",
    exit: EXIT.needsPerson,
    next: "Switch the token on (its display must be lit) and place it flat on the reader.",
  });
}

function otherToken(serial: string, seen: readonly { readonly serial: string }[]): CliError {
  return new CliError(
    `Cannot find token ${serial}: on the reader is ${seen.map((one) => one.serial).join(", ")}`,
    {
      code: "needs-person/other-token",
      exit: EXIT.needsPerson,
      next: `Place token ${serial} on the reader, or name the one that is there.`,
      fields: { tokens: seen },
    },
  );
}

function severalTokens(
  seen: readonly { readonly reader: string; readonly serial: string }[],
): CliError {
  const same = new Set(seen.map(({ serial }) => serial)).size < seen.length;
  return new CliError(
    same
      ? `Cannot choose a token: two have the same serial number ${seen[0]!.serial}`
      : `Cannot choose a token: there are ${seen.length}`,
    {
      code: same ? "needs-person/same-serial" : "needs-person/several-tokens",
      exit: EXIT.needsPerson,
      next: same
        ? "Take one of them away, or name the reader with --reader."
        : `Name one with --serial or --reader: ${
          seen.map((one) => `${one.serial} on "${one.reader}"`).join("; ")
        }.`,
      fields: { tokens: seen },
    },
  );
}
