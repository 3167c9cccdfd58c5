import { readFile } from "node:fs/promises";
import { FormatError, type TokenDriver } from "@otpsmith/core";
import {
  parseTokenProfile,
  token2Single,
  type TokenProfile,
} from "@otpsmith/core/drivers/token2_single";

/** The token families that the command knows, with those of the profile files. */
export async function openDrivers(
  files: readonly string[] = [],
): Promise<readonly TokenDriver[]> {
  const profiles = await Promise.all(files.map(readProfile));
  return [token2Single({ profiles })];
}

async function readProfile(file: string): Promise<TokenProfile> {
  let text: string;
  try {
    text = await readFile(file, "utf8");
  } catch (cause) {
    throw new FormatError("profile", `Cannot read token profile: ${file} cannot be opened`, {
      source: file,
      cause,
      next: "Check the name of the file and its rights.",
    });
  }
  return parseTokenProfile(text, { source: file });
}
