import type { FramedAnswer, Framing, FramingOptions } from "../../command/mod.ts";
import { LinkError, TokenError } from "../../errors/mod.ts";
import type { FeatureLink } from "../../link/mod.ts";
import { crc32 } from "./_crc.ts";

// Nitrokey/libnitrokey@8349374, device_proto.h. Offsets are those behind the report id.

const REPORT = 64;
const CRC_AT = 60;
const LAST_CRC_AT = 2;
const STATUS_AT = 6;
const DATA_AT = 7;
/** The device has taken the command, or is at work. */
const NOT_YET: readonly number[] = [1, 3];
const LOOK_AGAIN_MS = 50;
const TIMEOUT_MS = 10_000;

/**
 * The report of a message: command and payload, filled up with zeros, and a checksum.
 *
 * @throws {RangeError} If the message is longer than 60 bytes.
 */
export function reportOf(message: Uint8Array): Uint8Array {
  if (message.length > CRC_AT) {
    throw new RangeError(`Cannot send message: ${message.length} bytes, ${CRC_AT} fit`);
  }
  const report = new Uint8Array(REPORT);
  report.set(message);
  new DataView(report.buffer).setUint32(CRC_AT, crc32(report.subarray(0, CRC_AT)), true);
  return report;
}

/**
 * How commands travel to a Nitrokey Pro or Storage: one feature report of 64 bytes, then the same is read
 * until its answer is there. An answer names the checksum of the command that it belongs to.
 */
export const nitrokeyFraming: Framing<FeatureLink> = {
  exchange: async (
    link: FeatureLink,
    message: Uint8Array,
    options: FramingOptions,
  ): Promise<FramedAnswer> => {
    const { time, signal, timeoutMs = TIMEOUT_MS, command } = options;
    const until = time.now() + timeoutMs;
    const report = reportOf(message);
    const crc = report.slice(CRC_AT);
    try {
      await link.set(report, { signal, timeoutMs });
    } finally {
      report.fill(0);
    }
    for (;;) {
      const answer = await link.get({ signal, timeoutMs });
      const told = readAnswer(answer, crc);
      if (told) return told;
      if (time.now() >= until) throw silent(command);
      await time.sleep(LOOK_AGAIN_MS, signal).catch((cause: unknown) => {
        throw new LinkError("aborted", `Cannot ${command}: it was stopped`, {
          delivery: "unknown",
          cause,
        });
      });
    }

    /** What is no answer to this command, or damaged, is looked at again. */
    function readAnswer(bytes: Uint8Array, own: Uint8Array): FramedAnswer | undefined {
      if (bytes.length !== REPORT) {
        throw new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
          command,
        });
      }
      const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
      if (NOT_YET.includes(bytes[0]!)) return undefined;
      if (!own.every((byte, i) => byte === bytes[LAST_CRC_AT + i])) return undefined;
      if (view.getUint32(CRC_AT, true) !== crc32(bytes.subarray(0, CRC_AT))) return undefined;
      const data = bytes.slice(DATA_AT, CRC_AT);
      const status = bytes[STATUS_AT]!;
      return status === 0 ? { data } : { data, refusal: status };
    }
  },
};

function silent(command: string): LinkError {
  return new LinkError("timeout", `Cannot ${command}: the token does not answer`, {
    delivery: "unknown",
    next: "Pull the token out, plug it in again and repeat.",
  });
}
