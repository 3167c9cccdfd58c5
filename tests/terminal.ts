import { spawn } from "node:child_process";
import { BIN } from "./cli_process.ts";

/** What a person does at a terminal: waits for a question, then types. */
export interface Turn {
  /** Waits until this is on the screen, after what was there at the last turn. */
  readonly sees: RegExp;
  /** Types this; `\r` is Enter, `\x03` Ctrl-C. Computed when the question is there. */
  readonly types: string | (() => string);
}

/** How a session ended. */
export interface Session {
  readonly exit: number | null;
  /** Everything that was on the screen. */
  readonly screen: string;
}

/** Runs the built command on a terminal of its own (a real one, made by util-linux's `script`). */
export function atTerminal(
  args: readonly string[],
  turns: readonly Turn[],
  env: Readonly<Record<string, string>> = {},
  /** What the shell does afterwards on the same terminal. */
  after = "",
): Promise<Session> {
  const quoted = [process.execPath, BIN, ...args].map((word) =>
    `'${word.replaceAll("'", "'\\''")}'`
  );
  const line = after === ""
    ? quoted.join(" ")
    : `${quoted.join(" ")}; code=$?; ${after}; exit $code`;
  const child = spawn("script", ["-qefc", line, "/dev/null"], {
    env: { ...process.env, TERM: "xterm", NO_COLOR: "", ...env }, // a test runner may not want colour
    stdio: ["pipe", "pipe", "inherit"],
  });
  let screen = "";
  let read = 0;
  let turn = 0;
  child.stdout.setEncoding("utf8").on("data", (text: string) => {
    screen += text;
    const { sees, types } = turns[turn] ?? {};
    if (!sees?.test(screen.slice(read))) return;
    turn++;
    read = screen.length;
    child.stdin.write(typeof types === "function" ? types() : types!);
  });
  return new Promise((resolve, reject) => {
    child.on("error", reject);
    child.on("close", (exit) => {
      if (turn < turns.length) {
        reject(new Error(`Turn ${turn} never came (${String(turns[turn]!.sees)}):\n${screen}`));
      } else resolve({ exit, screen });
    });
  });
}
