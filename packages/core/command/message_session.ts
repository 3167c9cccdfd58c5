import { LinkError } from "../errors/link_error.ts";
import type { ApduLink, CallOptions, FeatureLink, ReportLink } from "../link/link.ts";
import { redactData } from "../trace/redact.ts";
import { decodeAnswer, refusalError } from "./_answer.ts";
import type { MessageCommandDefinition } from "./define_command.ts";
import type { Framing, MessageLink } from "./framing.ts";
import { Recorder } from "./_recorder.ts";
import type { SessionOptions } from "./session_options.ts";

/** Options of {@linkcode MessageSession.send}. */
export interface MessageOptions<L extends MessageLink> extends CallOptions {
  /** How the family's messages travel. */
  readonly framing: Framing<L>;
}

/**
 * Sends declared messages: what {@linkcode ReportSession}, {@linkcode FeatureSession} and
 * {@linkcode FrameSession} have in common.
 */
export abstract class MessageSession<L extends MessageLink> {
  /** The link that reports go over. */
  readonly link: L;
  readonly #recorder: Recorder;

  /** Begins a session; nothing is sent. */
  constructor(link: L, options: SessionOptions = {}) {
    this.link = link;
    this.#recorder = new Recorder(options);
  }

  /**
   * Sends one command and reads its answer.
   *
   * @throws {LinkError} If the conversation failed. Once a report may have reached the token, `delivery` is
   * never `not-sent`.
   * @throws {TokenError} If the token refused, or its answer is not the documented one.
   */
  async send<Arguments, Result>(
    command: MessageCommandDefinition<Arguments, Result>,
    args: Arguments,
    { framing, ...call }: MessageOptions<L>,
  ): Promise<Result> {
    const { name, secrets } = command;
    const message = command.encode(args);
    let sent = false;
    const link = watched(this.link, () => sent = true) as L;
    try {
      const print = (of: "command" | "answer", bytes: Uint8Array): string =>
        redactData(bytes, { message: of, secrets });
      this.#recorder.note(command, "sent", () => print("command", message));
      const { time } = this.#recorder;
      const answer = await framing.exchange(link, message, { ...call, command: name, time });
      const { data, refusal } = answer;
      const text = refusal === undefined ? "" : describe(refusal);
      this.#recorder.note(command, "answer", () => `${text} ${print("answer", data)}`.trim());
      if (refusal !== undefined) throw refusalError(command, { status: refusal, text });
      return decodeAnswer(command, data);
    } catch (thrown) {
      const error = sent ? asSent(thrown) : thrown;
      this.#recorder.fail(command, error);
      throw error;
    } finally {
      message.fill(0);
    }
  }
}

/**
 * Sends declared commands over HID input and output reports.
 *
 * @example Ask a token one question
 * ```ts
 * import { createReportLink, defineMessageCommand, type Framing, type ReportLink, ReportSession } from "@otpsmith/core";
 *
 * const readCounter = defineMessageCommand({
 *   name: "read counter", effect: "none", repeatable: true, refusals: {}, secrets: [],
 *   encode: (_: void) => Uint8Array.of(0x10),
 *   decode: (data) => data.u8(),
 * });
 * const framing: Framing<ReportLink> = {
 *   exchange: async (link, message, call) => {
 *     await link.send(message, call);
 *     return { data: await link.receive(call) };
 *   },
 * };
 * const link = createReportLink({
 *   label: "example", reportBytes: 64, send: () => Promise.resolve(),
 *   receive: () => Promise.resolve(Uint8Array.of(7)), release: () => Promise.resolve(),
 * });
 * const counter = await new ReportSession(link).send(readCounter, undefined, { framing });
 * if (counter !== 7) throw new Error("unexpected");
 * ```
 */
export class ReportSession extends MessageSession<ReportLink> {}

/**
 * Sends declared commands over HID feature reports.
 *
 * @example Ask a token one question
 * ```ts
 * import { createFeatureLink, defineMessageCommand, type FeatureLink, FeatureSession, type Framing } from "@otpsmith/core";
 *
 * const readCounter = defineMessageCommand({
 *   name: "read counter", effect: "none", repeatable: true, refusals: {}, secrets: [],
 *   encode: (_: void) => Uint8Array.of(0x10),
 *   decode: (data) => data.u8(),
 * });
 * const framing: Framing<FeatureLink> = {
 *   exchange: async (link, message, call) => {
 *     await link.set(message, call);
 *     return { data: await link.get(call) };
 *   },
 * };
 * const link = createFeatureLink({
 *   label: "example", reportBytes: 8, set: () => Promise.resolve(),
 *   get: () => Promise.resolve(Uint8Array.of(7)), release: () => Promise.resolve(),
 * });
 * const counter = await new FeatureSession(link).send(readCounter, undefined, { framing });
 * if (counter !== 7) throw new Error("unexpected");
 * ```
 */
export class FeatureSession extends MessageSession<FeatureLink> {}

/**
 * Sends declared messages to cards that speak frames of their own over ISO 14443-4 and no APDUs: their
 * answers have no status word.
 *
 * @example Ask a token one question
 * ```ts
 * import { type ApduLink, createApduLink, defineMessageCommand, type Framing, FrameSession } from "@otpsmith/core";
 *
 * const readCounter = defineMessageCommand({
 *   name: "read counter", effect: "none", repeatable: true, refusals: {}, secrets: [],
 *   encode: (_: void) => Uint8Array.of(0x86, 0x02, 0x10, 0x10),
 *   decode: (data) => data.u8(),
 * });
 * const framing: Framing<ApduLink> = {
 *   exchange: async (link, message, call) => ({ data: await link.transceive(message, call) }),
 * };
 * const link = createApduLink({
 *   label: "example", medium: "simulated", limits: { command: 261, response: 258 },
 *   exchange: () => Promise.resolve(Uint8Array.of(7, 0)), release: () => Promise.resolve(),
 * });
 * const counter = await new FrameSession(link).send(readCounter, undefined, { framing });
 * if (counter !== 7) throw new Error("unexpected");
 * ```
 */
export class FrameSession extends MessageSession<ApduLink> {}

/** The link, telling whenever something may have reached the token. */
function watched(link: MessageLink, onSent: () => void): MessageLink {
  const { closed } = link;
  const dispose = async (): Promise<void> => await link[Symbol.asyncDispose]();
  if (link.kind === "apdu") {
    const { kind, medium, limits } = link;
    const transceive: ApduLink["transceive"] = (command, call) =>
      watch(link.transceive(command, call), onSent);
    return { kind, medium, limits, closed, transceive, [Symbol.asyncDispose]: dispose };
  }
  const common = { closed, reportBytes: link.reportBytes, [Symbol.asyncDispose]: dispose };
  return link.kind === "report"
    ? {
      ...common,
      kind: link.kind,
      send: (report, call) => watch(link.send(report, call), onSent),
      receive: (call) => link.receive(call),
      features: link.features && watchedFeatures(link.features, onSent),
    }
    : {
      ...common,
      kind: link.kind,
      ...watchedFeatures(link, onSent),
    };
}

function watchedFeatures(
  features: Pick<FeatureLink, "set" | "get">,
  onSent: () => void,
): Pick<FeatureLink, "set" | "get"> {
  return {
    set: (report, call) => watch(features.set(report, call), onSent),
    get: (call) => features.get(call),
  };
}

async function watch<T>(sending: Promise<T>, onSent: () => void): Promise<T> {
  try {
    const answer = await sending;
    onSent();
    return answer;
  } catch (error) {
    if (!(error instanceof LinkError) || error.delivery !== "not-sent") onSent();
    throw error;
  }
}

/** The error of a command of which something has been sent: a part of it may have been carried out. */
function asSent(thrown: unknown): unknown {
  if (!(thrown instanceof LinkError) || thrown.delivery !== "not-sent") return thrown;
  const { reason, message, next } = thrown;
  return new LinkError(reason, message, { delivery: "unknown", next, cause: thrown });
}

function describe(status: number): string {
  return status.toString(16).padStart(2, "0").toUpperCase();
}
