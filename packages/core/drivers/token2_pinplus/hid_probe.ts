import { encodeCommand } from "../../apdu/mod.ts";
import { Cursor } from "../../bytes/mod.ts";
import { CtaphidChannel, type CtaphidOptions } from "../../ctaphid/mod.ts";
import { LinkError, TokenError } from "../../errors/mod.ts";
import type { ReportLink } from "../../link/mod.ts";
import { readSerial } from "./commands.ts";
import { FrameReader, framesOf } from "./frames.ts";
import { type HidExchange, overCtaphid, overFeatures, overReports } from "./hid_framing.ts";

/** The answer about the serial number has come in frames. */
class Heard extends Error {}

/**
 * Finds out how a key wants to be spoken to, with the question for its serial number and nothing else: in
 * frames, through vendor command 41, or in frames of feature reports, in this order. `undefined` if it
 * answers in none of them.
 *
 * A key that knows nothing of frames takes one for a packet of a channel that nobody has, and is silent. So
 * that its silence need not be waited for, which would end the link, a channel is asked for right behind it:
 * that every FIDO key answers.
 *
 * @throws {LinkError} If the conversation failed.
 */
export async function findWay(
  link: ReportLink,
  options: CtaphidOptions,
): Promise<HidExchange | undefined> {
  const question = encodeCommand(readSerial.encode(undefined));
  const reader = new FrameReader();
  const listening: ReportLink = {
    kind: link.kind,
    reportBytes: link.reportBytes,
    closed: link.closed,
    send: (report, call) => link.send(report, call),
    receive: async (call) => {
      const report = await link.receive(call);
      if (hears(reader, report)) throw new Heard();
      return report;
    },
    [Symbol.asyncDispose]: () => link[Symbol.asyncDispose](),
  };
  try {
    for (const frame of framesOf(question)) await link.send(frame, options);
    const channel = await CtaphidChannel.open(listening, options);
    const tunnel = overCtaphid(channel);
    if (await tellsSerial(() => tunnel(question, { ...options, link: listening }))) return tunnel;
  } catch (error) {
    if (error instanceof Heard) return overReports;
    throw error;
  }
  // A key without feature reports refuses them, and the link may end with that: they come last.
  const answers = await tellsSerial(() => overFeatures(question, { ...options, link }))
    .catch((error: unknown) => {
      if (error instanceof LinkError && error.reason === "lost") return false;
      throw error;
    });
  return answers ? overFeatures : undefined;
}

/** Whether the answer in frames is whole. What is no frame, or none in its place, is no answer. */
function hears(reader: FrameReader, report: Uint8Array): boolean {
  try {
    return reader.take(report) === "last" && isAnswer(reader.answer!);
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}

async function tellsSerial(ask: () => Promise<Uint8Array>): Promise<boolean> {
  try {
    return isAnswer(await ask());
  } catch (error) {
    if (error instanceof TokenError) return false;
    throw error;
  }
}

/** A serial number and 9000. Others answer the question with an answer to reset, or with an error. */
function isAnswer(answer: Uint8Array): boolean {
  if (answer.at(-2) !== 0x90 || answer.at(-1) !== 0x00) return false;
  try {
    return readSerial.decode(new Cursor(answer.subarray(0, -2))) !== "";
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
