import type { ApduLink, Endpoint, OpenOptions, Transport } from "@otpsmith/core/link";
import type { MemoryTransport } from "@otpsmith/simulator";

type ApduEndpoint = Endpoint<"apdu">;

/** What is done differently from a transport that is right. */
export interface Differences {
  /** The endpoints of each list and each snapshot. */
  readonly endpoints?: (all: readonly ApduEndpoint[]) => readonly ApduEndpoint[];
  /** Opening one of them. */
  readonly open?: (
    endpoint: ApduEndpoint,
    context: { readonly options: OpenOptions | undefined; readonly all: readonly ApduEndpoint[] },
  ) => Promise<ApduLink>;
  /** Its link. */
  readonly link?: (link: ApduLink, endpoint: ApduEndpoint) => Partial<ApduLink>;
  /** Watching. */
  readonly watch?: Transport["watch"];
}

/** A transport over one that is right, with something broken in between. */
export function overTransport(whole: MemoryTransport, differences: Differences): Transport {
  const { endpoints = (all) => all, open, link } = differences;
  const dress = (all: readonly ApduEndpoint[]): readonly ApduEndpoint[] =>
    endpoints(all).map((endpoint) => ({
      ...endpoint,
      open: async (options?: OpenOptions) => {
        const opened = await (open?.(endpoint, { options, all }) ?? endpoint.open(options));
        return link ? overLink(opened, link(opened, endpoint)) : opened;
      },
    }));
  return {
    name: whole.name,
    kinds: whole.kinds,
    probe: () => whole.probe(),
    list: async (options) => dress(await whole.list(options)),
    watch: differences.watch ?? async function* (options) {
      for await (const all of whole.watch(options)) yield dress(all);
    },
    [Symbol.asyncDispose]: () => whole[Symbol.asyncDispose](),
  };
}

/** A link with some of it replaced. */
export function overLink(link: ApduLink, differences: Partial<ApduLink>): ApduLink {
  return {
    kind: link.kind,
    medium: link.medium,
    limits: link.limits,
    closed: link.closed,
    transceive: (command, options) => link.transceive(command, options),
    [Symbol.asyncDispose]: () => Promise.resolve(link[Symbol.asyncDispose]()),
    ...differences,
  };
}
