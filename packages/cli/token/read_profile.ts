import { readFileSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { homedir } from "node:os";
import { dirname, isAbsolute, join, resolve } from "node:path";
import { FormatError } from "@otpsmith/core";

/** A profile file, and how the keys are found that it refers to. */
export interface ProfileText {
  readonly text: string;
  /** Its path, for messages. */
  readonly source: string;
  /** What a reference stands for: `file:acme.key` beside the profile, `env:ACME_KEY`. */
  lookUp(reference: string): string | undefined;
}

/** Where profiles lie that are called by their name. */
export function profileFolder(env: NodeJS.ProcessEnv): string {
  return env["OTPSMITH_PROFILE_DIR"] ||
    join(env["XDG_CONFIG_HOME"] || join(env["HOME"] || homedir(), ".config"), "otpsmith/profiles");
}

const NAME = /^[a-z0-9-]{1,40}$/;
/** Longer than any key in hexadecimal. */
const MAX_KEY_FILE = 1024;

/**
 * Reads the profile that `--profile` names: a path, or the name of one in the folder for profiles.
 *
 * @throws {FormatError} `format/profile` if there is none.
 */
export async function readProfile(named: string, env: NodeJS.ProcessEnv): Promise<ProfileText> {
  const folder = profileFolder(env);
  const paths = NAME.test(named) ? [named, join(folder, `${named}.json`)] : [named];
  let cause: unknown;
  for (const source of paths) {
    try {
      const text = await readFile(source, "utf8");
      return { text, source, lookUp: (reference) => lookUp(reference, { source, env }) };
    } catch (error) {
      cause = error;
    }
  }
  if (paths.length === 1) {
    throw new FormatError("profile", `Cannot read token profile: ${named} cannot be opened`, {
      source: named,
      cause,
      next: "Check the name of the file and its rights.",
    });
  }
  const known = (await readdir(folder).catch(() => []))
    .flatMap((file) => file.endsWith(".json") ? [file.slice(0, -".json".length)] : []);
  throw new FormatError("profile", `Cannot read token profile: there is none called ${named}`, {
    source: named,
    cause,
    next: known.length > 0
      ? `In ${folder} are ${known.join(", ")}. Name one of them, or the path of a file.`
      : `Put it into ${folder} as ${named}.json, or name the path of a file.`,
  });
}

/** A file without its line's end, or a variable; nothing that cannot be read. */
function lookUp(
  reference: string,
  { source, env }: { readonly source: string; readonly env: NodeJS.ProcessEnv },
): string | undefined {
  const [, kind, place = ""] = /^(file|env):(.+)$/.exec(reference) ?? [];
  if (kind === "env") return env[place]?.trim();
  if (kind !== "file") return undefined;
  try {
    const path = isAbsolute(place) ? place : resolve(dirname(source), place);
    return readFileSync(path, "utf8").slice(0, MAX_KEY_FILE).trim();
  } catch {
    return undefined;
  }
}
