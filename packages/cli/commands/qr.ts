import { linkOf, recordOfAccount } from "@otpsmith/formats";
import encodeQR from "qr";
import { accountName, findAccount } from "../account/find_account.ts";
import type { AccountOptions } from "../account/read_findings.ts";
import { EXIT, type ExitCode } from "../exit_code.ts";
import { checkSecretOutput, type SecretOutput, writeSecret } from "../files/write_secret.ts";
import type { CommandContext } from "../program.ts";

/** Options of `otpsmith qr`. */
export type QrOptions = AccountOptions & SecretOutput;

/** `otpsmith qr`: draws the code of an account again. The picture is the seed. */
export async function qr(
  source: string | undefined,
  options: QrOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  checkSecretOutput(options, context);
  const account = await findAccount(source, { ...options, context });
  try {
    const link = linkOf(recordOfAccount(account));
    // The library takes a string, which cannot be wiped; so does whoever looks at the picture.
    const text = new TextDecoder().decode(link);
    link.fill(0);
    const bytes = await draw(text, options.out);
    const written = await writeSecret(bytes, options, context);
    bytes.fill(0);
    out.progress(`The code of ${accountName(account)}. Whoever has the picture has the seed.`);
    const { issuer, account: name } = account;
    out.result({ command: "qr", ok: true, exit: EXIT.done, issuer, account: name, ...written });
    return EXIT.done;
  } finally {
    account.secret.wipe();
  }
}

/** The code in the form that the name of the file says: PNG, else SVG; half blocks without a file. */
async function draw(text: string, path = "-"): Promise<Uint8Array> {
  if (/\.png$/i.test(path)) return await drawPng(text);
  const drawn = path === "-"
    ? halfBlocks(encodeQR(text, "raw", { border: 2 }))
    : encodeQR(text, "svg");
  return new TextEncoder().encode(drawn);
}

/** Pixels a module: a phone reads it from a screen and from paper. */
const PNG_SCALE = 8;

async function drawPng(text: string): Promise<Uint8Array> {
  const rows = encodeQR(text, "raw", { border: 4, scale: PNG_SCALE });
  const data = Uint8Array.from(rows.flat(), (isDark) => isDark ? 0 : 255);
  const { default: sharp } = await import("sharp"); // of many megabytes, and most codes go elsewhere
  sharp.cache(false);
  const raw = { width: rows.length, height: rows.length, channels: 1 } as const;
  try {
    return await sharp(data, { raw }).png({ palette: true, colours: 2 }).toBuffer();
  } finally {
    data.fill(0);
  }
}

/** Two rows of the code in one line of text, light on dark as most terminals are. */
function halfBlocks(code: readonly (readonly boolean[])[]): string {
  const lines: string[] = [];
  for (let y = 0; y < code.length; y += 2) {
    // A dark module is the terminal's own background, a light one is drawn.
    const cells = code[y]!.map((upper, x) => {
      const lower = code[y + 1]?.[x] ?? true;
      return upper ? (lower ? " " : "▄") : lower ? "▀" : "█";
    });
    lines.push(cells.join(""));
  }
  return `${lines.join("\n")}\n`;
}
