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
    const isFile = options.out !== undefined && options.out !== "-";
    const drawn = isFile ? encodeQR(text, "svg") : halfBlocks(encodeQR(text, "raw", { border: 2 }));
    const bytes = new TextEncoder().encode(drawn);
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
