import { createRequire } from "node:module";

/** The version of this command. */
export function ownVersion(): string {
  const manifest: unknown = createRequire(import.meta.url)("@otpsmith/cli/package.json");
  return (manifest as { readonly version: string }).version;
}
