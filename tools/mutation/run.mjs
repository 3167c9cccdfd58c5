#!/usr/bin/env node
// @ts-check
/**
 * `npm run mutation`: do the tests of links and APDUs notice when their sources are wrong? StrykerJS makes one
 * small change after the other, a mutant, and runs the tests that reach it. A mutant that no test
 * notices survives, and has to be in survivors.json with its reason. Takes minutes, so `npm test` leaves it out.
 *
 * @module
 */
import { spawnSync } from "node:child_process";
import { readFileSync, rmSync } from "node:fs";
import { availableParallelism, constants, loadavg, setPriority } from "node:os";
import { join } from "node:path";
import { install } from "../prepare.mjs";
import { judge, tableOf } from "./judge.mjs";

const here = import.meta.dirname;
const root = join(here, "../..");
const reportFile = join(here, "report.json");

install(root);
install(here, "Installing StrykerJS");
setPriority(constants.priority.PRIORITY_BELOW_NORMAL); // children inherit it
const [load = 0] = loadavg();
if (load > availableParallelism()) {
  console.log("This machine is busy: it will take longer.");
}
const stryker = join(here, "node_modules/@stryker-mutator/core/bin/stryker.js");
const config = join(here, "stryker.config.mjs");
rmSync(reportFile, { force: true }); // that of an earlier run must not be taken for this one
try {
  const { status, error } = spawnSync(process.execPath, [
    stryker,
    "run",
    config,
  ], {
    cwd: root,
    stdio: ["ignore", "inherit", "inherit"],
  });
  if (status !== 0) {
    throw new Error(
      error?.message ?? `StrykerJS ended with exit code ${status}`,
    );
  }
  const report = JSON.parse(readFileSync(reportFile, "utf8"));
  const { counts, findings } = judge(
    report,
    JSON.parse(readFileSync(join(here, "survivors.json"), "utf8")),
  );
  console.log(`\n${tableOf(counts)}\n`);
  for (const finding of findings) console.error(finding);
  console.log(
    findings.length === 0
      ? "Every survivor is explained in tools/mutation/survivors.json."
      : `${findings.length} to look at.`,
  );
  process.exitCode = findings.length === 0 ? 0 : 1;
} catch (error) {
  console.error(`Cannot tell which mutants survive: ${Object(error).message}`);
  process.exitCode = 1;
}
