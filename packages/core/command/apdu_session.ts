import { encodeCommand } from "../apdu/command_apdu.ts";
import { exchangeApdu } from "../apdu/get_response.ts";
import { describeStatus } from "../apdu/status.ts";
import type { ApduLink, CallOptions } from "../link/link.ts";
import { redactMessage } from "../trace/redact.ts";
import { decodeAnswer, refusalError, type SaidNo } from "./_answer.ts";
import { type ApduCommandDefinition, WRONG_WITH_TRIES_LEFT } from "./define_command.ts";
import { FrameSession } from "./message_session.ts";
import { Recorder } from "./_recorder.ts";
import type { SessionOptions } from "./session_options.ts";

/** Options of {@linkcode ApduSession}. */
export type ApduSessionOptions = SessionOptions;

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
  /** The same link for cards that speak frames of their own: traced alike. */
  readonly frames: FrameSession;
  readonly #recorder: Recorder;

  /** Begins a session; nothing is sent. */
  constructor(link: ApduLink, options: ApduSessionOptions = {}) {
    this.link = link;
    this.frames = new FrameSession(link, options);
    this.#recorder = new Recorder(options);
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
    const { name, secrets } = command;
    const apdu = command.encode(args);
    let bytes: Uint8Array | undefined;
    try {
      bytes = encodeCommand(apdu);
      let goesOn = false;
      const { data, status } = await exchangeApdu(this.link, bytes, {
        ...options,
        command: name,
        more: command.more,
        onExchange: (sent, answer, { offset }) => {
          goesOn ||= answer.at(-2) === 0x61;
          const inCommand = { message: "command", secrets } as const;
          const inAnswer = { message: "answer", secrets, offset } as const;
          this.#recorder.note(command, "sent", () => redactMessage(sent, inCommand));
          this.#recorder.note(command, "answer", () => redactMessage(answer, inAnswer));
        },
      });
      if (status !== OK) {
        // Whoever said that an answer goes on has carried the command out: what follows is no refusal of it.
        throw refusalError(goesOn ? { ...command, refusals: {} } : command, readStatus(status));
      }
      return decodeAnswer(command, data, status);
    } catch (error) {
      this.#recorder.fail(command, error);
      throw error;
    } finally {
      if (secrets.length > 0) apdu.data?.fill(0);
      bytes?.fill(0);
    }
  }
}

const OK = 0x9000;

function readStatus(status: number): SaidNo {
  const text = describeStatus(status);
  return (status & 0xfff0) === WRONG_WITH_TRIES_LEFT
    ? { status, text, declaredAs: WRONG_WITH_TRIES_LEFT, attemptsLeft: status & 0xf }
    : { status, text };
}
