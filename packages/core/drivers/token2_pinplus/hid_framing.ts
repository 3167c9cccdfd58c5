import { concatBytes } from "../../bytes/mod.ts";
import type { FramedAnswer, Framing, FramingOptions } from "../../command/mod.ts";
import { CtaphidChannel, type CtaphidOptions } from "../../ctaphid/mod.ts";
import { LinkError, TokenError } from "../../errors/mod.ts";
import type { ReportLink } from "../../link/mod.ts";
import { FrameReader, framesOf } from "./frames.ts";

/** Vendor command 41, on the wire. */
const TUNNEL = 0xc1;
const LOOK_AGAIN_MS = 20;
const TIMEOUT_MS = 10_000;
const MOST_PARTS = 256;
/** READ_ALL and the like are of one instruction, whose answers begin with a zero in the tunnel. */
const OTP_INSTRUCTION = 0xc5;

/** What a command goes with. */
export interface HidExchangeOptions extends CtaphidOptions {
  /** The link that reports go over. */
  readonly link: ReportLink;
}

/** One command there, and its answer with the status word back. */
export type HidExchange = (command: Uint8Array, options: HidExchangeOptions) => Promise<Uint8Array>;

/**
 * How the commands of a key travel over its FIDO interface. Sources disagree about the way, and keys may as
 * well. `61 xx` fetches the rest of an answer, as over PC/SC.
 *
 * @param onTouch Told when the token says that it waits for a touch.
 *
 * @example The framing that a session is given
 * ```ts
 * import { framingOver, overReports } from "@otpsmith/core/drivers/token2_pinplus";
 *
 * if (typeof framingOver(overReports).exchange !== "function") throw new Error("unexpected");
 * ```
 */
export function framingOver(exchange: HidExchange, onTouch?: () => void): Framing<ReportLink> {
  return {
    exchange: async (link, message, { timeoutMs = TIMEOUT_MS, ...options }) => {
      // The time is for the whole exchange, however many parts it has.
      const until = options.time.now() + timeoutMs;
      const left = (): CtaphidOptions => ({
        ...options,
        onTouch,
        timeoutMs: Math.max(1, until - options.time.now()),
      });
      const parts: Uint8Array[] = [];
      for (let command = message; parts.length < MOST_PARTS;) {
        const answer = await exchange(command, { ...left(), link });
        if (answer.length < 2) throw garbled(options);
        const [high, low] = [answer.at(-2)!, answer.at(-1)!];
        parts.push(answer.subarray(0, -2));
        if (high !== 0x61) return wholeAnswer(parts, high * 0x100 + low, options);
        command = Uint8Array.of(0x00, 0xc0, 0x00, 0x00, low);
      }
      throw garbled(options);
    },
  };
}

function wholeAnswer(
  parts: readonly Uint8Array[],
  status: number,
  options: Pick<FramingOptions, "command">,
): FramedAnswer {
  const data = concatBytes(parts);
  if (status === 0x9000) return { data };
  // What is refused behind a part of an answer is no refusal of the command.
  if (parts.length > 1) throw garbled(options);
  return { data, refusal: status };
}

/** Frames in output and input reports (framefilter/keyroost@b26aa27). */
export async function overReports(
  command: Uint8Array,
  { link, ...options }: HidExchangeOptions,
): Promise<Uint8Array> {
  const deadline = new Deadline(options);
  await sendFrames(command, (frame) => link.send(frame, deadline.call()));
  const reader = new FrameReader();
  while (reader.answer === undefined) {
    const step = take(reader, await link.receive(deadline.call()), options);
    if (step === "busy") options.onTouch?.();
  }
  return reader.answer;
}

/** Frames in feature reports (go-ctap/token2@1c56620). */
export async function overFeatures(
  command: Uint8Array,
  { link: { features }, ...options }: HidExchangeOptions,
): Promise<Uint8Array> {
  if (!features) throw garbled(options);
  const deadline = new Deadline(options);
  await sendFrames(command, (frame) => features.set(frame, deadline.call()));
  const reader = new FrameReader();
  while (reader.answer === undefined) {
    const step = take(reader, await features.get(deadline.call()), options);
    if (step === "stray") throw garbled(options);
    if (step !== "busy") continue;
    options.onTouch?.();
    await deadline.pause(LOOK_AGAIN_MS);
  }
  return reader.answer;
}

/**
 * Vendor command 41 of CTAPHID (a companion client of the maker's, developed against captures of its USB
 * traffic): a command that asks for data without giving any is followed by as many zeros; answers of the OTP
 * instruction begin with a zero.
 */
export function overCtaphid(channel: CtaphidChannel): HidExchange {
  return async (command, { link, ...options }) => {
    const [, instruction, , , le = 0] = command;
    const zeros = new Uint8Array(command.length === 5 ? le : 0);
    const data = concatBytes([command, zeros]);
    try {
      const answer = await channel.exchange(link, { command: TUNNEL, data }, options);
      return instruction === OTP_INSTRUCTION && answer[0] === 0 ? answer.subarray(1) : answer;
    } finally {
      data.fill(0);
    }
  };
}

async function sendFrames(
  command: Uint8Array,
  send: (frame: Uint8Array) => Promise<void>,
): Promise<void> {
  const frames = framesOf(command);
  try {
    for (const frame of frames) await send(frame);
  } finally {
    for (const frame of frames) frame.fill(0);
  }
}

function take(
  reader: FrameReader,
  report: Uint8Array,
  options: Pick<FramingOptions, "command">,
): ReturnType<FrameReader["take"]> {
  try {
    return reader.take(report);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw garbled(options, cause);
  }
}

/** How long an exchange may take in all. */
class Deadline {
  readonly #options: FramingOptions;
  readonly #until: number;

  constructor(options: FramingOptions) {
    this.#options = options;
    this.#until = options.time.now() + (options.timeoutMs ?? TIMEOUT_MS);
  }

  call(): Pick<FramingOptions, "signal" | "timeoutMs"> {
    const { command, signal, time } = this.#options;
    const timeoutMs = this.#until - time.now();
    if (timeoutMs > 0) return { signal, timeoutMs };
    throw new LinkError("timeout", `Cannot ${command}: the token does not answer`, {
      delivery: "unknown",
      next: "Pull the token out, plug it in again and repeat.",
    });
  }

  async pause(milliseconds: number): Promise<void> {
    const { command, signal, time } = this.#options;
    await time.sleep(milliseconds, signal).catch((cause: unknown) => {
      throw new LinkError("aborted", `Cannot ${command}: it was stopped`, {
        delivery: "unknown",
        cause,
      });
    });
  }
}

function garbled({ command }: Pick<FramingOptions, "command">, cause?: unknown): TokenError {
  return new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
    command,
    cause,
  });
}
