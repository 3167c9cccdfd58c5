// @ts-check
import encodeQr from "qr";

const URI = "otpauth://totp/Example:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Example";

/** A picture of the QR code of a made-up account: the seed is the one of RFC 6238. */
export function smokePicture() {
  return encodeQr(URI, "gif", { scale: 4 });
}

/**
 * One program for each package, run where only that package is installed. It prints "fine".
 *
 * @type {Readonly<Record<string, string>>}
 */
export const SMOKE = {
  "@otpsmith/core": `
    import { Secret } from "@otpsmith/core/secret";
    import { totp } from "@otpsmith/core";
    const seed = Secret.take(new TextEncoder().encode("12345678901234567890"));
    const code = totp(seed, { algorithm: "SHA1", digits: 8, period: 30, time: 59 });
    console.log(code === "94287082" ? "fine" : code);
  `,
  "@otpsmith/formats": `
    import { parseOtpauth } from "@otpsmith/formats";
    const account = parseOtpauth("${URI}", { source: "smoke test" });
    console.log(account.issuer === "Example" ? "fine" : JSON.stringify(account));
  `,
  "@otpsmith/qr": `
    import { readModules } from "@otpsmith/qr";
    const content = readModules({ size: 21, dark: new Uint8Array(441) });
    console.log(content === undefined ? "fine" : content.text);
  `,
  "@otpsmith/scan": `
    import { readFile } from "node:fs/promises";
    import { scanImage } from "@otpsmith/scan";
    const [code] = await scanImage(await readFile("code.gif"), { source: "code.gif" });
    const text = new TextDecoder().decode(code.bytes);
    console.log(text === "${URI}" ? "fine" : "another text");
  `,
  "@otpsmith/simulator": `
    import { createVirtualToken } from "@otpsmith/simulator";
    const token = createVirtualToken();
    const answer = await token.card.process(Uint8Array.of(0x80, 0x41, 0, 0, 2, 0x02, 0x11));
    const serial = new TextDecoder().decode(answer.subarray(4, 18));
    console.log(serial === token.serial ? "fine" : serial);
  `,
  "@otpsmith/transport-pcsc": `
    import { pcsc } from "@otpsmith/transport-pcsc";
    const transport = pcsc();
    await transport[Symbol.asyncDispose]();
    console.log(transport.kinds.join() === "apdu" ? "fine" : transport.kinds);
  `,
  "@otpsmith/transport-usb": `
    import { ccid, hid } from "@otpsmith/transport-usb";
    const transports = [ccid(), hid()];
    for (const transport of transports) await transport[Symbol.asyncDispose]();
    const kinds = transports.flatMap(({ kinds }) => kinds).join();
    console.log(kinds === "apdu,feature,report" ? "fine" : kinds);
  `,
  "@otpsmith/transport-pn532": `
    import { pn532 } from "@otpsmith/transport-pn532";
    const transport = pn532();
    await transport[Symbol.asyncDispose]();
    console.log(transport.kinds.join() === "apdu" ? "fine" : transport.kinds);
  `,
  "@otpsmith/conformance": `
    import { runCases, transportCases } from "@otpsmith/conformance";
    const supports = Object.fromEntries(transportCases.flatMap((c) => c.needs ?? []).map((n) => [n, "no"]));
    let cases = 0;
    for await (const _ of runCases(transportCases, { setup: () => Promise.reject(new Error("x")), supports })) {
      cases += 1;
    }
    console.log(cases === transportCases.length ? "fine" : cases);
  `,
  "@otpsmith/cli": `
    import { execFileSync } from "node:child_process";
    const args = ["--simulator", "token.json", "--json"];
    const output = execFileSync("node_modules/.bin/otpsmith", ["info", ...args], { encoding: "utf8" });
    const result = JSON.parse(output.trim().split("\\n").at(-1));
    console.log(result.event === "result" && result.schema === 1 ? "fine" : output);
  `,
};
