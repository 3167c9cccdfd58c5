import type { FramedAnswer, Framing } from "../../command/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { ReportLink } from "../../link/mod.ts";

// trustcrypto/python-onlykey@c983cca, onlykey/client.py.

const REPORT = 64;
const HEADER = Uint8Array.of(0xff, 0xff, 0xff, 0xff);
/** Answers to a question for labels. */
const LABELS = 12;
const GET_LABELS = 0xe5;

/** Refusal: it wants its PIN, typed on its own buttons. */
export const LOCKED = 1;
/** Refusal: nobody has given it a PIN yet. */
export const NOT_SET_UP = 2;
/** Refusal: it is not in the mode in which it can be written. */
export const NOT_IN_CONFIG_MODE = 3;
/** Refusal: any other error. */
export const OTHER_ERROR = 4;

/** The token says its errors in words; the first that fits counts. */
const ERRORS: readonly (readonly [pattern: RegExp, refusal: number])[] = [
  [/UNINITIALIZED|set a PIN first/i, NOT_SET_UP],
  [/^INITIALIZED|device locked/i, LOCKED],
  [/not in config mode/i, NOT_IN_CONFIG_MODE],
  [/^error|^invalid|no PIN set/i, OTHER_ERROR],
];

/**
 * The report of a message: four bytes FF, the message, zeros.
 *
 * @throws {RangeError} If the message is longer than 60 bytes: the token puts none together again.
 */
export function reportOf(message: Uint8Array): Uint8Array {
  if (HEADER.length + message.length > REPORT) {
    throw new RangeError(`Cannot send message: ${message.length} bytes, 60 fit`);
  }
  const report = new Uint8Array(REPORT);
  report.set(HEADER);
  report.set(message, HEADER.length);
  return report;
}

/**
 * How commands travel to an OnlyKey: one report there, one report of text back, or twelve for labels.
 */
export const onlykeyFraming: Framing<ReportLink> = {
  exchange: async (link, message, { signal, timeoutMs, command }): Promise<FramedAnswer> => {
    const call = { signal, timeoutMs };
    const report = reportOf(message);
    try {
      await link.send(report, call);
    } finally {
      report.fill(0);
    }
    const wanted = message[0] === GET_LABELS ? LABELS : 1;
    const data = new Uint8Array(wanted * REPORT);
    for (let index = 0; index < wanted; index++) {
      const answer = await link.receive(call);
      if (answer.length !== REPORT) {
        throw new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
          command,
        });
      }
      const text = textOf(answer);
      const refusal = ERRORS.find(([pattern]) => pattern.test(text))?.[1];
      if (refusal !== undefined) return { data: answer, refusal };
      data.set(answer, index * REPORT);
    }
    return { data };
  },
};

/** A text with whatever fills its report taken off. */
export function textOf(bytes: Uint8Array): string {
  const end = bytes.indexOf(0);
  return new TextDecoder().decode(end < 0 ? bytes : bytes.subarray(0, end));
}
