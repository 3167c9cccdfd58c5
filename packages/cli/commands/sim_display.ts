import { access } from "node:fs/promises";
import { FormatError } from "@otpsmith/core/errors";
import { createVirtualToken, fileFlash } from "@otpsmith/simulator";
import { EXIT, type ExitCode } from "../exit_code.ts";
import type { CommandContext } from "../program.ts";

/** `otpsmith sim display`: what a person sees after switching the token off and on. */
export async function simDisplay(
  _source: string | undefined,
  options: { readonly state: string; readonly slot?: number },
  { out }: CommandContext,
): Promise<ExitCode> {
  const { state, slot } = options;
  await access(state).catch((cause: unknown) => {
    throw new FormatError("state", `Cannot read token state "${state}": there is no such file`, {
      source: state,
      cause,
      next: "Name the file that 'otpsmith sim run --state' or '--simulator' was given.",
    });
  });
  const token = createVirtualToken({ storage: fileFlash(state) });
  token.hands.powerCycle();
  const { code, text, secondsLeft } = token.display(slot);
  out.line(text);
  if (code !== null) out.progress(`Token ${token.serial}, next code in ${secondsLeft} s`);
  out.result({
    command: "sim display",
    ok: true,
    exit: EXIT.done,
    serial: token.serial,
    model: token.model,
    code,
    display: text,
    secondsLeft,
  });
  return EXIT.done;
}
