// @ts-check
/**
 * transport-pcsc as a contestant: speaks the same lines as pcsc_peer.c and does the same work, through
 * the transport's public interface.
 *
 *     node _pcsc_client.mjs READER BINDING
 */
import { createInterface } from "node:readline";
import { pcsc } from "@otpsmith/transport-pcsc";

const [reader, binding] = process.argv.slice(2);
const transport = pcsc({ binding: /** @type {"pcsclite" | "koffi"} */ (binding) });
const endpoint = (await transport.list()).find(({ label }) => label === reader);
if (endpoint?.kind !== "apdu") throw new Error(`There is no reader ${reader}`);
const link =
  /** @type {import("@otpsmith/core").ApduLink} */ (await endpoint.open({ share: "shared" }));
console.log("ready");

for await (const line of createInterface({ input: process.stdin })) {
  const [count, hex = ""] = line.split(" ");
  const command = Uint8Array.from(Buffer.from(hex, "hex"));
  const start = process.hrtime.bigint();
  for (let i = Number(count); i > 0; i--) {
    const answer = await link.transceive(command);
    if (answer.at(-2) !== 0x90 || answer.at(-1) !== 0x00) {
      throw new Error("The card did not answer 9000");
    }
  }
  console.log(String(process.hrtime.bigint() - start));
}
await transport[Symbol.asyncDispose]();
