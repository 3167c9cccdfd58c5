import { existsSync } from "node:fs";
import { CliError } from "../cli_error.ts";
import { EXIT } from "../exit_code.ts";

/** Options that other tools take a seed with. */
const SEED_OPTION = /^--?(seed|secret|key|otpauth|uri|url|totp)(=|:|$)/i;
/** A text that carries or may carry a seed. */
const SEED_URI = /(otpauth|otpauth-migration|motp|steam):\/\/|\b(seed|secret)["']?[=:]/i;
const BASE32 = /^[a-z2-7]{16,}$/i;
const HEXADECIMAL = /^[0-9a-f]{16,}$/i;

/**
 * Whether a word may be a seed. Names of readers and files are words, too: what is all lower-case letters
 * is taken for one (of seeds of 16 letters and more, few have less than two digits), and so is a serial
 * number.
 */
function looksLikeSeed(word: string): boolean {
  const text = decode(word);
  if (SEED_URI.test(text) || SEED_OPTION.test(text)) return true;
  const value = text.replace(/^--?[a-z-]*[=:]?/, "");
  if (existsSync(value)) return false;
  const bare = value.replace(/[\s=,;'"-]/g, "");
  const digits = bare.match(/\d/g)?.length ?? 0;
  const shouted = bare === bare.toUpperCase();
  if (digits === bare.length) return bare.length > 20;
  return (BASE32.test(bare) || HEXADECIMAL.test(bare.replaceAll(":", ""))) &&
    (shouted || digits >= 2);
}

function decode(word: string): string {
  try {
    return decodeURIComponent(word);
  } catch {
    return word;
  }
}

/**
 * Refuses a command line that carries a seed, without repeating it. Arguments end in the shell's history
 * and are visible to every user in the process list.
 *
 * @throws {CliError} Exit code 2.
 */
export function refuseSecretsInArguments(argv: readonly string[]): void {
  if (!argv.some(looksLikeSeed)) return;
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
