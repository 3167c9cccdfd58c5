// @ts-check
/** Gates over what sources say about themselves: doc comments, and examples that run. */
import {
  expectNone,
  GateFailure,
  listFiles,
  must,
  readManifests,
  readText,
  run,
} from "./_support.mjs";

/** Packages whose examples need nothing but themselves: no files, no network, no readers. */
const RUNS_ALONE = ["core", "formats", "qr", "conformance"];

/** Every public symbol of core, at each of its entry points, is documented with its types. */
export async function docs() {
  const core = (await readManifests()).get("core");
  const entries = Object.values(core?.exports ?? {}).flatMap((target) =>
    typeof target === "string" ? [] : `packages/core/${target["@otpsmith/source"]}`
  );
  const { code, output } = await run("deno", ["doc", "--quiet", "--lint", ...entries]);
  if (code === 0) return;
  const findings = output.split(/\n(?=error)/).filter((part) => part.startsWith("error["));
  throw new GateFailure(findings.map((part) => part.trim()).join("\n") || output);
}

/**
 * The examples in doc comments run as they stand, without any permission: a reader can paste them.
 * Their number is compared with the number of fences, so that none is passed over in silence.
 */
export async function examples() {
  const folders = RUNS_ALONE.map((name) => `packages/${name}`);
  const files = (await listFiles(...folders)).filter((path) => /(?<!_test)\.ts$/.test(path));
  let fences = 0;
  const findings = [];
  for (const file of files) {
    for (const [, info = ""] of readText(file).matchAll(/^\s*\* ```(\w.*)$/gm)) {
      if (info === "ts") fences += 1;
      else if (/^(ts|js|typescript)/.test(info) && file.startsWith("packages/core/")) {
        findings.push(`${file}: an example fenced as "${info}" does not run`);
      }
    }
  }
  expectNone(findings);
  // A program does its work when it is imported.
  const sources = files.filter((path) => !/\/testdata\/|_program\.ts$/.test(path));
  const report = await must("deno", ["test", "--doc", "--no-check", "--quiet", ...sources]);
  const ran = Number(report.match(/^ok \| (\d+) passed \| 0 failed/m)?.[1] ?? 0);
  if (ran !== fences) {
    throw new GateFailure(`${fences} examples are written, ${ran} ran\n${report}`);
  }
}
