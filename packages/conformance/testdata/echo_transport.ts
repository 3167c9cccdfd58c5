import { LinkError } from "@otpsmith/core/errors";
import {
  type ApduBackend,
  type ApduLink,
  createApduLink,
  type Endpoint,
  type OpenOptions,
  type Transport,
} from "@otpsmith/core/link";
import { systemTime, type TimeSource } from "@otpsmith/core/time";
import { ECHO, EchoCard } from "../echo/echo_card.ts";
import type { TransportSetup } from "../transport/setup.ts";

/** A reader resets a card that neither answers for so long nor asks for more time, as slow ones do. */
const READER_TIMEOUT_MS = 600;

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
  readonly card: Pick<EchoCard, "process" | "power">;
  open: boolean;
  lists: number;
}

/** Two readers in this process, one with an echo card that goes by the given clock, and whatever is broken on purpose. */
export function echoTransport(
  breakage: Breakage = {},
  { time = systemTime }: { readonly time?: TimeSource } = {},
): Transport {
  const state: EchoState & { readonly card: EchoCard } = {
    card: new EchoCard(time),
    open: false,
    lists: 0,
  };
  const refuse = (reason: "busy" | "absent" | "aborted"): LinkError =>
    new LinkError(reason, `Cannot open: it is ${reason}`, {
      delivery: "not-sent",
      next: "Look at it.",
    });
  const openEcho = ({ signal }: OpenOptions = {}): Promise<ApduLink> => {
    if (signal?.aborted) return Promise.reject(refuse("aborted"));
    if (state.open) return Promise.reject(refuse("busy"));
    state.open = true;
    const whole: ApduBackend = {
      label: "Echo",
      medium: "simulated",
      limits: { command: 261, response: 258 },
      exchange: async (command) => {
        const asksForTime = command[1] === ECHO.echoAfter && command[2] !== 0xff;
        const cancel = asksForTime
          ? () => {}
          : systemTime.alarm(READER_TIMEOUT_MS, () => state.card.power("reset"));
        return await state.card.process(command.slice()).finally(cancel);
      },
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
      open: (options) => breakage.open?.(() => openEcho(options), state) ?? openEcho(options),
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
    list: ({ signal } = {}) => {
      if (signal?.aborted) return Promise.reject(refuse("aborted"));
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
export function echoSetup(
  breakage: Breakage = {},
  options: { readonly time?: TimeSource } = {},
): Promise<TransportSetup> {
  return Promise.resolve({
    transport: echoTransport(breakage, options),
    echo: "Echo",
    absent: "Empty",
    refuses: ["Empty"],
    child: () => Promise.resolve("ended"),
  });
}
