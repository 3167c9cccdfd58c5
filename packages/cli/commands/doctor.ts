import process from "node:process";
import { CLOCKS_DISAGREE_SECONDS, PLAUSIBLE_TIME, systemTime } from "@otpsmith/core";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";
import { type Bench, type BenchOptions, openBench } from "../token/bench.ts";
import { isoSeconds } from "../token/describe_token.ts";

interface Check {
  readonly check: string;
  readonly ok: boolean;
  readonly code: string;
  readonly message: string;
  readonly fix?: string | undefined;
}

/** `otpsmith doctor`: every obstacle with its fix. Changes nothing. */
export async function doctor(
  _source: string | undefined,
  options: BenchOptions,
  context: CommandContext,
): Promise<ExitCode> {
  const { out } = context;
  const checks: Check[] = [runtime(), hostClock()];
  const bench = await openBench(options, context);
  try {
    checks.push(...await transports(bench, context), ...await tokens(bench, context));
    checks.push(await screen(context));
  } finally {
    await bench.close();
  }
  for (const { ok, message, fix } of checks) {
    out.line(`${ok ? out.style("ok  ", "green") : out.style("FIX ", "red")} ${message}`);
    if (fix) out.line(`     ${fix.replaceAll("\n", "\n     ")}`);
  }
  const ok = checks.every((check) => check.ok);
  out.line(
    ok
      ? "Nothing stands in the way."
      : "Remove the first obstacle, then run 'otpsmith doctor' again.",
  );
  const exit = ok ? EXIT.done : EXIT.failed;
  out.result({ command: "doctor", ok, exit, checks });
  return exit;
}

function runtime(): Check {
  return {
    check: "runtime",
    ok: true,
    code: "ok",
    message: `Node ${process.versions.node} on ${process.platform} ${process.arch}`,
  };
}

function hostClock(): Check {
  const now = systemTime.now();
  const ok = now >= PLAUSIBLE_TIME.from && now <= PLAUSIBLE_TIME.to;
  return {
    check: "host-clock",
    ok,
    code: ok ? "ok" : "wrong-clock",
    message: `This computer's clock says ${isoSeconds(now)}${ok ? "" : ", which cannot be right"}`,
    fix: ok
      ? undefined
      : "Set date and time (on Linux: timedatectl set-ntp true). Tokens get their clock from it.",
  };
}

/** A computer without a screen is none the worse for burning. */
async function screen({ io, signal }: CommandContext): Promise<Check> {
  const { probeCapture } = await import("@otpsmith/scan/capture");
  return { check: "screen", ...await probeCapture({ env: io.env, signal }) };
}

async function transports(bench: Bench, { signal }: CommandContext): Promise<readonly Check[]> {
  const states = await bench.station.probe({ signal });
  return states.map(({ transport, state }) => ({
    check: `transport ${transport}`,
    ok: state.usable,
    code: state.usable ? "ok" : state.code,
    message: state.usable
      ? `${transport} can be used${state.detail ? `: ${state.detail}` : ""}`
      : state.message,
    fix: state.usable ? undefined : state.fix,
  }));
}

async function tokens(bench: Bench, { signal }: CommandContext): Promise<readonly Check[]> {
  const endpoints = await bench.station.endpoints({ signal });
  const checks: Check[] = [];
  for (const endpoint of endpoints) {
    const [survey] = await bench.station.survey([endpoint], { signal });
    const { connection, error } = survey!;
    const check = `reader ${endpoint.label}`;
    if (!connection) {
      checks.push({
        check,
        ok: false,
        code: error!.code,
        message: error!.message,
        fix: error!.next ??
          "Switch the token on (its display must be lit) and place it on the reader.",
      });
      continue;
    }
    const { identity, clock } = connection.token;
    const drift = clock?.seen.driftSeconds ?? 0;
    const agree = Math.abs(drift) <= CLOCKS_DISAGREE_SECONDS;
    checks.push({
      check,
      ok: agree && identity.model !== undefined,
      code: !agree ? "clocks-disagree" : identity.model ? "ok" : "unknown-model",
      message: `${endpoint.label}: token ${identity.serial}, ${
        identity.model ?? "unknown model"
      }, clock ${drift} s off`,
      fix: !agree
        ? "Compare this computer's clock with another one; a burn sets the token's clock."
        : identity.model
        ? undefined
        : "This token can be read and is never written; add its profile file with --profile if you own its key.",
    });
    await connection[Symbol.asyncDispose]();
  }
  return checks;
}
