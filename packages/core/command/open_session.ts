import type { LinkByKind, LinkKind } from "../link/link.ts";
import { ApduSession } from "./apdu_session.ts";
import { FeatureSession, ReportSession } from "./message_session.ts";
import type { SessionOptions } from "./session_options.ts";

/** Which session speaks over which kind of link. */
export interface SessionByKind {
  /** Commands and answers as ISO 7816-4 has them. */
  apdu: ApduSession;
  /** Messages in HID input and output reports. */
  report: ReportSession;
  /** Messages in HID feature reports. */
  feature: FeatureSession;
}

/** Any session. */
export type Session = SessionByKind[LinkKind];

/**
 * Begins the session that speaks over a link; nothing is sent.
 *
 * @example A session for whatever was opened
 * ```ts
 * import { createFeatureLink, openSession } from "@otpsmith/core";
 *
 * const link = createFeatureLink({
 *   label: "example", reportBytes: 8, set: () => Promise.resolve(),
 *   get: () => Promise.resolve(new Uint8Array(8)), release: () => Promise.resolve(),
 * });
 * if (openSession(link).link.kind !== "feature") throw new Error("unexpected");
 * ```
 */
export function openSession(link: LinkByKind[LinkKind], options: SessionOptions = {}): Session {
  if (link.kind === "apdu") return new ApduSession(link, options);
  return link.kind === "report"
    ? new ReportSession(link, options)
    : new FeatureSession(link, options);
}
