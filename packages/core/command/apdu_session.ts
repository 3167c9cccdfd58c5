import { encodeCommand } from "../apdu/command_apdu.ts";
import { exchangeApdu } from "../apdu/get_response.ts";
import { describeStatus } from "../apdu/status.ts";
import { Cursor } from "../bytes/cursor.ts";
import { isProjectError } from "../errors/project_error.ts";
import { TokenError } from "../errors/token_error.ts";
import type { ApduLink, CallOptions } from "../link/link.ts";
import { systemTime, type TimeSource } from "../time/time_source.ts";
import { redactMessage } from "../trace/redact.ts";
import type { TraceSink } from "../trace/trace.ts";
import { type ApduCommandDefinition, WRONG_WITH_TRIES_LEFT } from "./define_command.ts";

/** Options of {@linkcode ApduSession}. */
export interface ApduSessionOptions {
  /** Receives every exchange, redacted. */
  readonly trace?: TraceSink | undefined;
  /** The clock of trace events. */
  readonly time?: TimeSource | undefined;
}

/**
 * Sends declared commands over a link: writes them, fetches answers that come in parts, turns refusals
 * into errors with their meaning, and traces each exchange without its secrets.
 *
 * @example Ask a token one question
 * ```ts
 * import { ApduSession, createApduLink, defineCommand } from "@otpsmith/core";
 *
 * const readCounter = defineCommand({
 *   name: "read counter", effect: "none", repeatable: true, refusals: {}, secrets: [],
 *   encode: (_: void) => ({ cla: 0x80, ins: 0x10, p1: 0, p2: 0 }),
 *   decode: (data) => data.u8(),
 * });
 * const link = createApduLink({
 *   label: "example", medium: "simulated", limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(Uint8Array.of(7, 0x90, 0x00)), release: () => Promise.resolve(),
 * });
 * if (await new ApduSession(link).send(readCounter, undefined) !== 7) throw new Error("unexpected");
 * ```
 */
export class ApduSession {
  /** The link that commands go over. */
  readonly link: ApduLink;
  readonly #trace: TraceSink | undefined;
  readonly #time: TimeSource;

  /** Begins a session; nothing is sent. */
  constructor(link: ApduLink, options: ApduSessionOptions = {}) {
    this.link = link;
    this.#trace = options.trace;
    this.#time = options.time ?? systemTime;
  }

  /**
   * Sends one command and reads its answer.
   *
   * @throws {LinkError} If the conversation failed.
   * @throws {TokenError} If the token refused, or its answer is not the documented one.
   */
  async send<Arguments, Result>(
    command: ApduCommandDefinition<Arguments, Result>,
    args: Arguments,
    options: CallOptions = {},
  ): Promise<Result> {
    const apdu = command.encode(args);
    let bytes: Uint8Array | undefined;
    try {
      bytes = encodeCommand(apdu);
      const { data, status } = await exchangeApdu(this.link, bytes, {
        ...options,
        command: command.name,
        onExchange: (sent, answer) => this.#record(command, sent, answer),
      });
      if (status !== 0x9000) throw refusal(command, status);
      return decode(command, data);
    } catch (error) {
      const text = isProjectError(error) ? error.code : "error";
      const { name, effect } = command;
      this.#trace?.({ at: this.#time.now(), command: name, effect, what: "failed", text });
      throw error;
    } finally {
      if (command.secrets.length > 0) apdu.data?.fill(0);
      bytes?.fill(0);
    }
  }

  #record(
    command: ApduCommandDefinition<never, unknown>,
    sent: Uint8Array,
    answer: Uint8Array,
  ): void {
    if (!this.#trace) return;
    const at = this.#time.now();
    const { name, effect, secrets } = command;
    const text = redactMessage(sent, { message: "command", secrets });
    this.#trace({ at, command: name, effect, what: "sent", text });
    const reply = redactMessage(answer, { message: "answer", secrets });
    this.#trace({ at, command: name, effect, what: "answer", text: reply });
  }
}

function refusal(
  { name, refusals }: ApduCommandDefinition<never, unknown>,
  status: number,
): TokenError {
  const counted = (status & 0xfff0) === WRONG_WITH_TRIES_LEFT;
  const known = refusals[counted ? WRONG_WITH_TRIES_LEFT : status];
  const sw = describeStatus(status);
  if (known) {
    const { kind, says, next } = known;
    return new TokenError(kind, `Cannot ${name}: ${says} (status ${sw})`, {
      command: name,
      status,
      attemptsLeft: counted ? status & 0xf : undefined,
      next,
    });
  }
  return new TokenError("garbled", `Cannot ${name}: status ${sw} is not a documented answer`, {
    command: name,
    status,
  });
}

function decode<Result>(
  command: ApduCommandDefinition<never, Result>,
  data: Uint8Array,
): Result {
  try {
    return command.decode(new Cursor(data));
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw new TokenError("garbled", `Cannot ${command.name}: the answer has not the known shape`, {
      command: command.name,
      status: 0x9000,
      cause,
    });
  }
}
