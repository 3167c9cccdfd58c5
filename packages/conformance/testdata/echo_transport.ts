import { LinkError } from "@otpsmith/core/errors";
import {
  type ApduBackend,
  type ApduLink,
  createApduLink,
  type Endpoint,
  type Transport,
} from "@otpsmith/core/link";
import { EchoCard } from "../echo_card.ts";
import type { TransportSetup } from "../transport_context.ts";

/** Places at which a transport can be broken on purpose. */
export interface Breakage {
  readonly backend?: (backend: ApduBackend, card: EchoCard) => ApduBackend;
  readonly link?: (link: ApduLink, backend: ApduBackend) => ApduLink;
  readonly open?: (open: () => Promise<ApduLink>, state: EchoState) => Promise<ApduLink>;
  readonly list?: (endpoints: readonly Endpoint[], state: EchoState) => readonly Endpoint[];
  readonly transport?: (transport: Transport, state: EchoState) => Transport;
}

/** What the readers of an echo transport are like inside. */
export interface EchoState {
  readonly card: EchoCard;
  open: boolean;
  lists: number;
}

/** Two readers in this process, one with an echo card, and whatever is broken on purpose. */
export function echoTransport(breakage: Breakage = {}): Transport {
  const state: EchoState = { card: new EchoCard(), open: false, lists: 0 };
  const refuse = (reason: "busy" | "absent"): LinkError =>
    new LinkError(reason, `Cannot open: it is ${reason}`, {
      delivery: "not-sent",
      next: "Look at it.",
    });
  const openEcho = (): Promise<ApduLink> => {
    if (state.open) return Promise.reject(refuse("busy"));
    state.open = true;
    const whole: ApduBackend = {
      label: "Echo",
      medium: "simulated",
      limits: { command: 261, response: 258 },
      exchange: (command) => state.card.process(command.slice()),
      release: () => {
        state.open = false;
        return Promise.resolve();
      },
    };
    const backend = breakage.backend?.(whole, state.card) ?? whole;
    const link = createApduLink(backend);
    return Promise.resolve(breakage.link?.(link, backend) ?? link);
  };
  const endpoints: readonly Endpoint<"apdu">[] = [
    {
      id: "echo:0",
      kind: "apdu",
      transport: "echo",
      label: "Echo",
      facts: { card: "present" },
      open: () => breakage.open?.(openEcho, state) ?? openEcho(),
    },
    {
      id: "echo:1",
      kind: "apdu",
      transport: "echo",
      label: "Empty",
      facts: { card: "absent" },
      open: () => Promise.reject(refuse("absent")),
    },
  ];
  const transport: Transport = {
    name: "echo",
    kinds: ["apdu"],
    probe: () => Promise.resolve({ usable: true }),
    list: () => {
      state.lists++;
      return Promise.resolve(breakage.list?.(endpoints, state) ?? endpoints);
    },
    watch: async function* ({ signal } = {}) {
      yield endpoints;
      await new Promise<void>((resolve) => {
        if (signal?.aborted) resolve();
        signal?.addEventListener("abort", () => resolve(), { once: true });
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
  return breakage.transport?.(transport, state) ?? transport;
}

/** Prepares a case on an echo transport. */
export function echoSetup(breakage: Breakage = {}): Promise<TransportSetup> {
  return Promise.resolve({
    transport: echoTransport(breakage),
    echo: "Echo",
    absent: "Empty",
    child: () => Promise.resolve("ended"),
  });
}
