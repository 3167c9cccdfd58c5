/**
 * A station in a process of its own, over readers of a real pcscd with virtual tokens of this process on
 * them, and a real browser in front of it.
 *
 * @module
 */
import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdir, mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { type Browser, type BrowserContext, chromium, type Page } from "playwright-core";
import sharp from "sharp";
import type { VirtualToken } from "@otpsmith/simulator";
import { exposeThroughPcscd, type Exposure } from "@otpsmith/simulator/expose";
import type { StationState } from "@otpsmith/cli/station_api";
import { BIN } from "../cli_process.ts";

/** The seed of all tests: what must never be seen anywhere. */
export const SEED = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ";
/** The code that a service shows. */
export const LINK = `otpauth://totp/Aliyun:alice?secret=${SEED}&issuer=Aliyun`;

/** A picture of a code. */
export function codePicture(text: string = LINK): Buffer {
  return execFileSync("qrencode", ["-s", "4", "-o", "-"], { input: text });
}

/** Options of {@linkcode startStation}. */
export interface StationSetup {
  /** Tokens that lie on readers of their own behind the real pcscd; without any there is no reader. */
  readonly tokens?: readonly VirtualToken[];
  /** Further arguments, such as `--simulator FILE`. */
  readonly args?: readonly string[];
}

/** A running `otpsmith station`. */
export interface RunningStation {
  /** The links that it has printed so far, one for each page. */
  readonly links: readonly string[];
  /** All that it has printed, to both streams. */
  output(): string;
  readonly child: ChildProcess;
  /** Its readers; none with a simulated token of its own. */
  readonly exposure: Exposure | undefined;
  /** Where its journal is. */
  readonly folder: string;
  /** Starts the command again over the same readers, after it has ended. */
  restart(): Promise<void>;
  stop(): Promise<void>;
}

/** Starts a station and waits for its link. */
export async function startStation(
  { tokens = [], args = [] }: StationSetup = {},
): Promise<RunningStation> {
  const folder = await mkdtemp(join(tmpdir(), "otp-station-"));
  const exposure = tokens.length === 0 ? undefined : await exposeThroughPcscd({
    readers: tokens.map(({ card }, index) => ({ name: `Desk ${index + 1}`, card })),
  });
  const env = {
    ...process.env,
    OTPSMITH_STATE_DIR: folder,
    PCSCLITE_CSOCK_NAME: exposure?.socket ?? join(folder, "nobody-listens"),
  };
  let output = "";
  const links: string[] = [];
  const start = async (): Promise<ChildProcess> => {
    const child = spawn(process.execPath, [BIN, "station", "--json", ...args], { env });
    const seen = links.length;
    child.stderr.setEncoding("utf8").on("data", (text: string) => output += text);
    let rest = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => {
      output += text;
      const lines = (rest + text).split("\n");
      rest = lines.pop()!;
      for (const line of lines) {
        const { event, url } = JSON.parse(line) as { event: string; url?: string };
        if (event === "ready") links.push(url!);
      }
    });
    while (links.length === seen) {
      if (child.exitCode !== null) throw new Error(`The station has ended: ${output}`);
      await new Promise((resolve) => setTimeout(resolve, 20));
    }
    return child;
  };
  let child = await start();
  const ended = (): Promise<void> =>
    child.exitCode !== null || child.signalCode !== null
      ? Promise.resolve()
      : new Promise((resolve) => child.once("exit", () => resolve()));
  return {
    links,
    output: () => output,
    get child() {
      return child;
    },
    exposure,
    folder,
    restart: async () => {
      await ended();
      child = await start();
    },
    stop: async () => {
      child.kill("SIGTERM");
      await ended();
      await exposure?.stop().catch(() => undefined); // some tests end its daemon
      await rm(folder, { recursive: true, force: true });
    },
  };
}

/** Starts the system's Chromium. */
export async function startBrowser(
  options: { readonly args?: readonly string[]; readonly display?: string } = {},
): Promise<Browser> {
  const { args = [], display } = options;
  return await chromium.launch({
    executablePath: "/usr/bin/chromium",
    headless: display === undefined,
    // Root has no sandbox, and tests in containers run as root. A cover of noise keeps phone-home away.
    args: ["--no-sandbox", "--disable-gpu", ...args],
    ...(display === undefined
      ? {}
      : { env: { ...process.env, DISPLAY: display } as Record<string, string> }),
  });
}

/** Opens the page with the newest link. Errors in it fail whoever asks for them. */
export async function openPage(
  context: BrowserContext,
  { links }: RunningStation,
): Promise<{ readonly page: Page; readonly errors: readonly string[] }> {
  const page = await context.newPage();
  page.setDefaultTimeout(20_000);
  const errors: string[] = [];
  page.on("pageerror", (error) => errors.push(error.message));
  page.on("console", (message) => message.type() === "error" && errors.push(message.text()));
  await page.goto(links.at(-1)!);
  return { page, errors };
}

/** The state, asked for with the key of the page. */
export async function stateOf(page: Page): Promise<StationState> {
  return await page.evaluate(async () => {
    const { sessionStorage } = globalThis as unknown as {
      sessionStorage: { getItem(key: string): string };
    };
    const headers = { Authorization: `Bearer ${sessionStorage.getItem("otpsmith-session")}` };
    return await (await fetch("/api/state", { headers })).json() as StationState;
  });
}

/** Gives the page a picture, as the file dialog does. */
export async function givePicture(page: Page, picture: Buffer = codePicture()): Promise<void> {
  await page.locator("input[type=file]").setInputFiles({
    name: "code.png",
    mimeType: "image/png",
    buffer: picture,
  });
}

/** Agrees to what is lost, where something is, and burns. */
export async function agreeAndBurn(page: Page): Promise<void> {
  await page.getByLabel("I agree: this will be lost").check();
  await page.getByRole("button", { name: "Burn", exact: true }).click();
}

/** Waits for the end of the burn, switches the token off and on, and types what it shows. */
export async function proveWith(page: Page, token: VirtualToken): Promise<void> {
  await page.getByText("Burned.").waitFor();
  token.hands.powerCycle();
  await page.getByLabel("Code on the display").fill(token.display().code ?? "");
  await page.getByRole("button", { name: "Compare" }).click();
}

/** Where screenshots go: a folder that is named, or nowhere. */
const SHOTS = process.env["OTPSMITH_SCREENSHOTS"];

/** Takes a picture of the page in light and in dark. */
export async function takeShots(page: Page, name: string): Promise<void> {
  if (!SHOTS) return;
  await mkdir(SHOTS, { recursive: true });
  for (const colorScheme of ["light", "dark"] as const) {
    await page.emulateMedia({ colorScheme, reducedMotion: "reduce" });
    const picture = await page.screenshot({ fullPage: true });
    await sharp(picture).png({ palette: true }).toFile(join(SHOTS, `${name}_${colorScheme}.png`));
  }
  await page.emulateMedia({ colorScheme: null, reducedMotion: null });
}
