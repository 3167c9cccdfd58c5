import type {
  ApduLink,
  CallOptions,
  Endpoint,
  FeatureLink,
  Link,
  LinkByKind,
  LinkKind,
  OpenOptions,
  ReportLink,
} from "@otpsmith/core/link";
import { systemTime } from "@otpsmith/core/time";
import { check } from "../_check.ts";
import { dataBytes, fromReport, toReport } from "../echo/echo_hid.ts";

/**
 * A link to an echo device of any kind, spoken to as if it were a card. What holds for one kind of link
 * holds for all of them: the cases are written once.
 */
export interface EchoLink extends AsyncDisposable {
  /** The link itself. */
  readonly bare: Link;
  /** As the link's own. */
  readonly closed: AbortSignal;
  /** The most data of an echo command, up to what a short command has. */
  readonly dataBytes: number;
  /** Sends a short echo command and gives its answer. Calls that are made at once are sent in order. */
  transceive(command: Uint8Array, options?: CallOptions): Promise<Uint8Array>;
}

/** Opens an endpoint with an echo device on it. */
export async function openEcho(endpoint: Endpoint, options: OpenOptions = {}): Promise<EchoLink> {
  const link: LinkByKind[LinkKind] = await endpoint.open(options);
  check(
    link.kind === endpoint.kind,
    `open() has to give a link of its endpoint's kind, ${endpoint.kind}, and not ${link.kind}`,
  );
  if (link.kind === "apdu") return throughApdus(link);
  return link.kind === "report" ? throughReports(link) : throughFeatures(link);
}

function throughApdus(link: ApduLink): EchoLink {
  return {
    bare: link,
    closed: link.closed,
    dataBytes: 255,
    transceive: (command, options) => link.transceive(command, options),
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}

function throughReports(link: ReportLink): EchoLink {
  return inReports(link, {
    write: (report, options) => link.send(report, options),
    read: (options) => link.receive(options),
    pauseMs: 0,
  });
}

function throughFeatures(link: FeatureLink): EchoLink {
  return inReports(link, {
    write: (report, options) => link.set(report, options),
    read: (options) => link.get(options),
    pauseMs: 5,
  });
}

let opened = 0;

/** Reports of another tag are passed over: the answer to a link that was given up may still come. */
function inReports(
  link: ReportLink | FeatureLink,
  { write, read, pauseMs }: {
    write(report: Uint8Array, options: CallOptions): Promise<void>;
    read(options: CallOptions): Promise<Uint8Array>;
    readonly pauseMs: number;
  },
): EchoLink {
  const tag = 1 + opened++ % 255;
  const { reportBytes } = link;
  return {
    bare: link,
    closed: link.closed,
    dataBytes: dataBytes(reportBytes),
    transceive: async (command, options = {}) => {
      const written = write(toReport(command, { tag, reportBytes }), options);
      let [answer] = await Promise.all([read(options), written]);
      while (answer[0] !== tag) {
        await systemTime.sleep(pauseMs, options.signal);
        answer = await read(options);
      }
      return fromReport(answer);
    },
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
  };
}
