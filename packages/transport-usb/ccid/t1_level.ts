import type { BlockCarrier } from "../t1/protocol.ts";
import { type T1, T1Error } from "../t1/protocol.ts";
import { TROUBLE, UsbError } from "../usb_error.ts";
import { dataOf } from "./apdu_level.ts";
import type { Exchange, Send } from "./exchange.ts";
import { COMMAND } from "./message.ts";

/** Any APDU goes in blocks. */
const LIMITS = { command: 4 + 3 + 65_535 + 2, response: 65_536 + 2 } as const;
/** What the reader says of a block that did not come back whole. */
const BLOCK_ERRORS: Readonly<Record<number, "silent" | "damaged">> = {
  0xfe: "silent",
  0xfd: "damaged",
  0xfc: "damaged",
};

/** Carries blocks in messages. */
export function carryBlocks(send: Send): BlockCarrier {
  return async (data, { waitMultiplier }) => {
    const answer = await send(
      { type: COMMAND.exchange, specific: [waitMultiplier & 0xff, 0, 0], data },
      { patience: waitMultiplier },
    );
    const trouble = answer.outcome === "failed" && answer.card !== "absent"
      ? BLOCK_ERRORS[answer.error]
      : undefined;
    return trouble ?? dataOf(answer).data.slice();
  };
}

/** For readers that take T=1 blocks; tells the card how long its blocks may be, where that is wanted. */
export async function exchangeT1(t1: T1, ifsd: number | undefined): Promise<Exchange> {
  if (ifsd !== undefined) await t1.announce(ifsd).catch(asUsbError);
  return { limits: LIMITS, send: (apdu) => t1.transceive(apdu).catch(asUsbError) };
}

function asUsbError(error: unknown): never {
  if (!(error instanceof T1Error)) throw error;
  const delivery = error.sent ? "unknown" : "not-sent";
  throw new UsbError({ ...TROUBLE.disturbed, delivery, state: error.message }, { cause: error });
}
