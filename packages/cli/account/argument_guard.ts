import { existsSync } from "node:fs";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/** Options that other tools take a seed with. */
const SEED_OPTION = /^--?(seed|secret|key|otpauth|uri|url|totp)(=|$)/i;
/** A text that carries or may carry a seed: a URI, or a long run of base32 or hexadecimal. */
const SEED_URI = /(otpauth|otpauth-migration|motp|steam):\/\/|[?&]secret=/i;
const SEED_TEXT = /^[a-z2-7 =-]{16,}$|^[0-9a-f :-]{16,}$/i;

/**
 * Refuses a command line that carries a seed, without repeating it. Arguments end in the shell's history
 * and are visible to every user in the process list.
 *
 * @throws {CliError} Exit code 2.
 */
export function refuseSecretsInArguments(argv: readonly string[]): void {
  for (const word of argv) {
    const bare = word.replace(/^--[a-z-]+=/i, "");
    const looksLikeSeed = SEED_URI.test(word) || SEED_OPTION.test(word) ||
      (SEED_TEXT.test(bare) && !/^\d{1,14}$/.test(bare) && !/^--/.test(bare) && !existsSync(bare));
    if (looksLikeSeed) {
      throw new CliError(
        "Cannot take a seed from the command line: it would stay in the shell's history and in the process list",
        {
          code: "usage/seed-in-arguments",
          exit: EXIT.usage,
          next:
            "Give a picture or a file, pipe it into standard input with '-', or leave SOURCE out to be asked.",
        },
      );
    }
  }
}
