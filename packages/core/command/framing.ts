import type { ApduLink, CallOptions, FeatureLink, ReportLink } from "../link/link.ts";
import type { TimeSource } from "../time/time_source.ts";

/** What a framing is told besides its message. */
export interface FramingOptions extends CallOptions {
  /** Name of the command, for errors. */
  readonly command: string;
  /** The clock to wait with between two looks at a device that is at work. */
  readonly time: TimeSource;
}

/** What a token answered. */
export interface FramedAnswer {
  /** The data, without whatever the framing put around it. */
  readonly data: Uint8Array;
  /** The status with which the token said no; left out where it did not. */
  readonly refusal?: number | undefined;
}

/** Links that messages travel over; over an APDU link those of tokens that speak no APDUs. */
export type MessageLink = ApduLink | ReportLink | FeatureLink;

/**
 * How the messages of a token family travel: over HID reports, it cuts a message into reports, waits until the
 * device has taken each, collects the answer and checks what protects it.
 *
 * A framing bounds its own looking and waiting, in number and in time: `timeoutMs` is for the whole
 * exchange. It overwrites the reports that it made. It throws TokenError `garbled` for an answer that has
 * not the documented shape. What belongs to one conversation, such as a channel number, it keeps itself.
 */
export interface Framing<L extends MessageLink> {
  /** Sends one message and gives its answer. */
  exchange(link: L, message: Uint8Array, options: FramingOptions): Promise<FramedAnswer>;
}
