import { Cursor } from "../bytes/cursor.ts";
import { TokenError } from "../errors/token_error.ts";
import type { CommandDefinition } from "./define_command.ts";

/** What a token said no with. */
export interface SaidNo {
  /** The status as the token gave it. */
  readonly status: number;
  /** Under which number the command declares it, where that is another one. */
  readonly declaredAs?: number | undefined;
  /** The status as a person reads it. */
  readonly text: string;
  /** How many tries are left, where the status says so. */
  readonly attemptsLeft?: number | undefined;
}

/** The error for a token that said no: with its declared meaning, or `garbled` where there is none. */
export function refusalError(
  { name, refusals }: CommandDefinition<unknown>,
  { status, declaredAs = status, text, attemptsLeft: counted }: SaidNo,
): TokenError {
  const known = refusals[declaredAs];
  if (!known) {
    return new TokenError("garbled", `Cannot ${name}: status ${text} is not a documented answer`, {
      command: name,
      status,
    });
  }
  const { kind, says, next, attemptsLeft = counted } = known;
  const left = attemptsLeft === undefined ? "" : `, ${triesLeft(attemptsLeft)}`;
  return new TokenError(kind, `Cannot ${name}: ${says}${left} (status ${text})`, {
    command: name,
    status,
    attemptsLeft,
    next,
  });
}

function triesLeft(count: number): string {
  return count === 1 ? "1 try is left" : `${count} tries are left`;
}

/** Reads the data of an answer; one that has not the declared shape is `garbled`. */
export function decodeAnswer<Result>(
  command: CommandDefinition<Result>,
  data: Uint8Array,
  status?: number,
): Result {
  try {
    return command.decode(new Cursor(data));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TokenError("garbled", `Cannot ${command.name}: the answer has not the known shape`, {
      command: command.name,
      status,
      cause,
    });
  }
}
