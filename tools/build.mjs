#!/usr/bin/env node
// @ts-check
/**
 * Builds all packages in the order in which they need each other: with turbo, which remembers what has
 * not changed. Offline, without telemetry, and without output of sources that are gone.
 *
 * @module
 */
import { existsSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { GateFailure, must, root } from "./gates/_support.mjs";

/** Removes what the compiler made of sources that have since been renamed or deleted. */
function removeLeftovers() {
  for (const name of readdirSync(join(root, "packages"))) {
    const home = join(root, "packages", name);
    const dist = join(home, "dist");
    if (!existsSync(dist)) continue;
    for (const file of readdirSync(dist, { recursive: true, encoding: "utf8" })) {
      // Several sources in each file: the page of the station (apps/station/build.mjs), and the command
      // (tools/bundle_cli.mjs). Both are made anew.
      if (/^(page|bundle)\//.test(file)) continue;
      const [, stem] = file.match(/^(.+?)(?:\.d)?\.(?:js|ts)(?:\.map)?$/) ?? [];
      if (stem && !existsSync(join(home, `${stem}.ts`))) rmSync(join(dist, file));
    }
  }
}

/** Builds everything that is not up to date. */
export async function build() {
  removeLeftovers();
  await must("turbo", ["run", "build"]);
  await must("node", [join(root, "tools/bundle_cli.mjs")]);
}

if (process.argv[1] === import.meta.filename) {
  try {
    await build();
  } catch (error) {
    if (!(error instanceof GateFailure)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  }
}
