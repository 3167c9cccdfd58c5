// @ts-check
/** Opens every card that `ccid()` finds and asks a token for its info; prints each answer or refusal. */
import { encodeHex } from "@otpsmith/core/bytes";
import { isProjectError } from "@otpsmith/core/errors";
import { withLink } from "@otpsmith/core/link";
import { ccid } from "@otpsmith/transport-usb";

const transport = ccid();
const state = await transport.probe();
console.log("usable", state.usable);
for (const endpoint of await transport.list()) {
  try {
    const info = Uint8Array.of(0x80, 0x41, 0, 0, 2, 0x02, 0x11);
    const answer = await withLink(
      endpoint,
      (link) =>
        "transceive" in link ? link.transceive(info) : Promise.reject(new Error("no APDUs")),
    );
    console.log("answer", endpoint.label, encodeHex(answer));
  } catch (error) {
    if (!isProjectError(error)) throw error;
    console.log("refused", endpoint.label, error.code, error.message, error.next);
  }
}
await transport[Symbol.asyncDispose]();
