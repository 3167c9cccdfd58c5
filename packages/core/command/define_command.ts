import type { CommandApdu } from "../apdu/command_apdu.ts";
import type { Cursor } from "../bytes/cursor.ts";
import type { TokenErrorKind } from "../errors/token_error.ts";
import type { SecretRange } from "../trace/redact.ts";

/** What a command changes in the token. */
export type CommandEffect =
  | "none"
  | "authenticates"
  | "writes-clock"
  | "writes-config"
  | "writes-seed"
  | "writes-key"
  | "erases";

/** What a status word means for one command. */
export interface Refusal {
  /** What sort of no it is. */
  readonly kind: Exclude<TokenErrorKind, "garbled">;
  /** The state, as the second half of a message: "the key is not this token's". */
  readonly says: string;
  /** What the person can do about it. */
  readonly next?: string | undefined;
  /** How many tries are left, where this very status says so in a way of its own. */
  readonly attemptsLeft?: number | undefined;
}

/** ISO 7816-4: 63Cx says that the proof was wrong and that x tries are left. */
export const WRONG_WITH_TRIES_LEFT = 0x63c0;

/**
 * What every command of a token family declares, as data: how its answer is read, what it changes, whether
 * it may be sent twice, what the token's refusals mean, and which bytes are secret.
 *
 * Secret ranges belong to the declaration so that a trace can only be written redacted: whoever adds a
 * log line has no say in it.
 */
export interface CommandDefinition<Result> {
  /** What it does, as a verb phrase: "write seed". Stands in errors and traces. */
  readonly name: string;
  /** What it changes in the token. */
  readonly effect: CommandEffect;
  /** Whether sending it again after delivery `unknown` leads to the same state as sending it once. */
  readonly repeatable: boolean;
  /** Reads the data of an answer that is no refusal; a RangeError becomes TokenError `garbled`. */
  decode(data: Cursor): Result;
  /**
   * Documented refusals by status. Any other status is `garbled`: what the token did is not known. For
   * APDUs the status is the status word (9000 is no refusal), and {@linkcode WRONG_WITH_TRIES_LEFT} stands
   * for all sixteen of them; elsewhere it is what the family's {@linkcode Framing} gives.
   */
  readonly refusals: Readonly<Record<number, Refusal>>;
  /** Bytes that must never be printed. */
  readonly secrets: readonly SecretRange[];
}

/** One command of a token that takes APDUs. */
export interface ApduCommandDefinition<Arguments, Result> extends CommandDefinition<Result> {
  /** Writes the command. The data field is overwritten after it has been sent. */
  encode(args: Arguments): CommandApdu;
  /**
   * The instruction that fetches the rest of an answer (`61xx`), of families that have one of their own in
   * the place of GET RESPONSE.
   */
  readonly more?: number | undefined;
}

/**
 * One command of a token that takes HID reports: a message, which the family's {@linkcode Framing} cuts
 * into reports. Offsets of secrets count from the first byte of the message and of the answer's data.
 */
export interface MessageCommandDefinition<Arguments, Result> extends CommandDefinition<Result> {
  /** Writes the message. It is overwritten after it has been sent. */
  encode(args: Arguments): Uint8Array;
}

/**
 * Declares a command. Gives its argument back: it exists so that types are inferred and declarations
 * can be found.
 *
 * @example Declare a read-only command
 * ```ts
 * import { defineCommand } from "@otpsmith/core";
 *
 * const readCounter = defineCommand({
 *   name: "read counter",
 *   effect: "none",
 *   repeatable: true,
 *   encode: (_: void) => ({ cla: 0x80, ins: 0x10, p1: 0, p2: 0 }),
 *   decode: (data) => data.u32(),
 *   refusals: { 0x6d00: { kind: "unsupported", says: "it is not a token of this family" } },
 *   secrets: [],
 * });
 * if (readCounter.effect !== "none") throw new Error("unexpected");
 * ```
 */
export function defineCommand<Arguments, Result>(
  definition: ApduCommandDefinition<Arguments, Result>,
): ApduCommandDefinition<Arguments, Result> {
  return definition;
}

/**
 * Declares a command that goes over HID reports. Gives its argument back, as {@linkcode defineCommand} does.
 *
 * @example Declare a read-only command
 * ```ts
 * import { defineMessageCommand } from "@otpsmith/core";
 *
 * const readSerial = defineMessageCommand({
 *   name: "read serial number",
 *   effect: "none",
 *   repeatable: true,
 *   encode: (_: void) => Uint8Array.of(0x10),
 *   decode: (data) => data.u32(),
 *   refusals: { 0x05: { kind: "refused", says: "it does not tell its serial number" } },
 *   secrets: [],
 * });
 * if (readSerial.encode()[0] !== 0x10) throw new Error("unexpected");
 * ```
 */
export function defineMessageCommand<Arguments, Result>(
  definition: MessageCommandDefinition<Arguments, Result>,
): MessageCommandDefinition<Arguments, Result> {
  return definition;
}
