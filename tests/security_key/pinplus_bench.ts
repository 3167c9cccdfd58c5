import {
  createStation,
  type Station,
  systemTime,
  type TokenConnection,
  type TraceEvent,
} from "@otpsmith/core";
import { token2PinPlus, token2PinPlusHid } from "@otpsmith/core/drivers/token2_pinplus";
import {
  createVirtualToken,
  memoryFlash,
  memoryTransport,
  type VirtualToken,
  type VirtualTokenOptions,
} from "@otpsmith/simulator";
import { reportTransport } from "./report_transport.ts";

/** How a simulated key is reached: over a reader, or over its FIDO interface in one of three framings. */
export const WAYS = {
  "PC/SC": "pin-plus",
  "frames in reports": "pin-plus",
  "vendor command 41": "pin-plus-ctaphid",
  "frames in feature reports": "pin-plus-features",
} as const;
/** One of {@linkcode WAYS}. */
export type Way = keyof typeof WAYS;

/** A simulated key, and a connection to it. */
export interface PinPlusBench {
  readonly token: VirtualToken;
  readonly station: Station;
  readonly connection: TokenConnection;
  readonly trace: readonly TraceEvent[];
  /** What its memory holds. */
  memory(): {
    readonly entries: readonly Record<string, unknown>[];
    readonly pin: Record<string, unknown> | null;
  };
  close(): Promise<void>;
}

/** What the system says of the FIDO interface of a Token2 key. */
export const FIDO = {
  usb: { vendorId: 0x349e, productId: 0x0026 },
  usage: { page: 0xf1d0, id: 1 },
} as const;

/** Makes a key and connects to it. */
export async function openPinPlus(
  way: Way,
  options: VirtualTokenOptions = {},
): Promise<PinPlusBench> {
  const storage = options.storage ?? memoryFlash();
  const model = `token2-pinplus:${WAYS[way]}`;
  const token = createVirtualToken({ model, ...options, storage });
  const trace: TraceEvent[] = [];
  const [reports] = token.reports;
  const station = createStation({
    transports: [
      way === "PC/SC"
        ? memoryTransport({ readers: [{ name: "Reader", token }] })
        : reportTransport({ kind: "report", reports: reports!, reportBytes: 64, facts: FIDO }),
    ],
    drivers: [token2PinPlus(), token2PinPlusHid()],
    time: systemTime,
    trace: (event) => trace.push(event),
  });
  const [endpoint] = await station.endpoints();
  const connection = await station.connect(endpoint!);
  return {
    token,
    station,
    connection,
    trace,
    memory: () =>
      storage.read()!.cells!.use((bytes) =>
        JSON.parse(new TextDecoder().decode(bytes)) as ReturnType<PinPlusBench["memory"]>
      ),
    close: async () => {
      await connection[Symbol.asyncDispose]();
      await station[Symbol.asyncDispose]();
    },
  };
}
