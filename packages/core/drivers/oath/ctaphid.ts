import { concatBytes } from "../../bytes/mod.ts";
import type { FramedAnswer, Framing, FramingOptions } from "../../command/mod.ts";
import { CtaphidChannel } from "../../ctaphid/mod.ts";
import { TokenError } from "../../errors/mod.ts";
import type { ReportLink } from "../../link/mod.ts";

// The vendor command of Nitrokey/trussed-secrets-app@e72e804.

/** Vendor command 70, on the wire. */
const SECRETS = 0xf0;
const SEND_REMAINING = Uint8Array.of(0x00, 0xa5, 0x00, 0x00);
const MOST_PARTS = 256;
const TIMEOUT_MS = 10_000;

/**
 * How the commands of a Nitrokey 3 travel over its FIDO interface: CTAPHID packets of 64 bytes on a channel
 * of our own, a vendor command, and answers that begin with their status word.
 *
 * @param onTouch Told when the token says that it waits for a touch.
 *
 * @example The framing that a session is given
 * ```ts
 * import { ctaphidFraming } from "@otpsmith/core/drivers/oath";
 *
 * if (typeof ctaphidFraming().exchange !== "function") throw new Error("unexpected");
 * ```
 */
export function ctaphidFraming(onTouch?: () => void): Framing<ReportLink> {
  let channel: CtaphidChannel | undefined;
  return {
    exchange: async (link, message, { timeoutMs = TIMEOUT_MS, ...options }) => {
      // The time is for the whole exchange, however many parts it has.
      const until = options.time.now() + timeoutMs;
      const left = (): FramingOptions & { readonly onTouch?: (() => void) | undefined } => ({
        ...options,
        onTouch,
        timeoutMs: until - options.time.now(),
      });
      channel ??= await CtaphidChannel.open(link, left());
      const parts: Uint8Array[] = [];
      for (let data = message; parts.length < MOST_PARTS; data = SEND_REMAINING) {
        const answer = await channel.exchange(link, { command: SECRETS, data }, left());
        if (answer.length < 2) throw garbled(options);
        const status = answer[0]! * 0x100 + answer[1]!;
        parts.push(answer.subarray(2));
        if (answer[0] === 0x61) continue;
        return whole(parts, status, options);
      }
      throw garbled(options);
    },
  };
}

function whole(
  parts: readonly Uint8Array[],
  status: number,
  options: Pick<FramingOptions, "command">,
): FramedAnswer {
  const data = concatBytes(parts);
  if (status === 0x9000) return { data };
  // What is refused behind a part of an answer is no refusal of the command.
  if (parts.length > 1) throw garbled(options);
  return { data, refusal: status };
}

function garbled({ command }: Pick<FramingOptions, "command">): TokenError {
  return new TokenError("garbled", `Cannot ${command}: the answer has not the known shape`, {
    command,
  });
}
