import { Fragment, type JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { StationProblem } from "@otpsmith/cli/station_api";
import type { Act } from "../station_page.tsx";
import type { StationState } from "@otpsmith/cli/station_api";
import { PictureDecoder } from "../scan/decoder.ts";
import { findAccounts, type Found, type FoundAccount, seedText } from "../scan/find_accounts.ts";
import { openCamera, shareScreen, watchStream } from "../scan/live_source.ts";
import { pixelsOfFile } from "../scan/pixels.ts";
import { texts } from "../texts/mod.ts";
import { accountName, Facts, Problem, type Progress, Section } from "./common.tsx";
import { TypedSeed } from "./typed_seed.tsx";

type Mode = "choose" | "typed" | "looking-live" | "looking-file";

const decoder = new PictureDecoder();

/** Step 1: from a picture or the keyboard to an account. */
export function ScanSection(
  { state, act, progress }: {
    readonly state: StationState;
    readonly act: Act;
    readonly progress: Progress;
  },
): JSX.Element {
  const [mode, setMode] = useState<Mode>("choose");
  const [found, setFound] = useState<Found | null>(null);
  const [problem, setProblem] = useState<StationProblem | null>(null);
  const [camera, setCamera] = useState(false);
  const video = useRef<HTMLVideoElement>(null);
  const stop = useRef<AbortController | null>(null);
  const may = state.actions.includes("set-account");

  /** Forgets what was found; seeds are wiped as far as a page can. */
  const clear = (): void => {
    for (const { account } of found?.accounts ?? []) account.secret.wipe();
    setFound(null);
    setProblem(null);
  };
  const take = async ({ input }: FoundAccount): Promise<void> => {
    if (await act("set-account", input)) clear();
  };
  /** Goes on with what was read, if that is anything. */
  const settle = async (
    image: ImageData,
    { source, live }: { readonly source: string; readonly live: boolean },
  ): Promise<boolean> => {
    const look = await decoder.look(image, { live });
    if (look.codes.length === 0) {
      if (!live) setProblem(miss(look.doubtful ? "doubtful" : "noCode"));
      return false;
    }
    const result = findAccounts(look.codes, source);
    if (result.accounts.length === 1 && result.wrong.length === 0) await take(result.accounts[0]!);
    else setFound(result);
    return true;
  };
  const fromPicture = async (file: Blob, source: string): Promise<void> => {
    clear();
    setMode("looking-file");
    try {
      await settle(await pixelsOfFile(file), { source, live: false });
    } catch {
      setProblem(miss("noPicture"));
    }
    setMode("choose");
  };
  const fromStream = async (kind: "screen" | "camera"): Promise<void> => {
    clear();
    const open = kind === "screen" ? shareScreen : openCamera;
    let stream: MediaStream;
    try {
      stream = await open();
    } catch (error) {
      const refused = (error as Error).name === "NotAllowedError";
      setProblem(miss(kind === "camera" ? "noCamera" : refused ? "cancelled" : "noShare"));
      return;
    }
    setCamera(kind === "camera");
    setMode("looking-live");
    stop.current = new AbortController();
    const source = texts.scan.sources[kind];
    await watchStream(stream, {
      video: video.current ?? document.createElement("video"),
      signal: stop.current.signal,
      onFrame: (image) => settle(image, { source, live: true }),
    }).catch(() => setProblem(miss(kind === "screen" ? "noShare" : "noCamera")));
    setMode("choose");
  };

  useEffect(() => {
    if (!may) return;
    const onPaste = ({ clipboardData }: ClipboardEvent): void => {
      const file = [...clipboardData?.files ?? []].find(({ type }) => type.startsWith("image/"));
      if (file) void fromPicture(file, texts.scan.sources.paste);
    };
    const over = (event: DragEvent): void => event.preventDefault();
    const onDrop = (event: DragEvent): void => {
      event.preventDefault();
      const file = event.dataTransfer?.files[0];
      if (file) void fromPicture(file, texts.scan.sources.file);
    };
    document.addEventListener("paste", onPaste);
    document.addEventListener("dragover", over);
    document.addEventListener("drop", onDrop);
    return () => {
      document.removeEventListener("paste", onPaste);
      document.removeEventListener("dragover", over);
      document.removeEventListener("drop", onDrop);
    };
  });

  const { scan } = texts;
  return (
    <Section id="scan" number={1} title={scan.title} progress={progress}>
      {state.account
        ? <Account state={state} act={act} />
        : mode === "typed"
        ? <TypedSeed act={act} done={() => setMode("choose")} />
        : (
          <>
            <p>{scan.help}</p>
            <div class="buttons">
              <button
                type="button"
                class="main"
                disabled={!may || mode !== "choose"}
                onClick={() => void fromStream("screen")}
              >
                {scan.share}
              </button>
              <label class={`button ${mode === "choose" ? "" : "disabled"}`}>
                {scan.file}
                <input
                  type="file"
                  accept="image/*"
                  disabled={!may || mode !== "choose"}
                  onChange={({ currentTarget }) => {
                    const file = currentTarget.files?.[0];
                    currentTarget.value = "";
                    if (file) void fromPicture(file, scan.sources.file);
                  }}
                />
              </label>
              <button
                type="button"
                disabled={!may || mode !== "choose"}
                onClick={() => void fromStream("camera")}
              >
                {scan.camera}
              </button>
              <button
                type="button"
                disabled={!may || mode !== "choose"}
                onClick={() => {
                  clear();
                  setMode("typed");
                }}
              >
                {scan.type}
              </button>
            </div>
            <p class="hint">{scan.drop}</p>
          </>
        )}
      {mode === "looking-live" || mode === "looking-file"
        ? (
          <div role="status" class="looking">
            <p>{mode === "looking-live" ? scan.looking : scan.lookingFile}</p>
            {mode === "looking-live"
              ? <button type="button" onClick={() => stop.current?.abort()}>{scan.stop}</button>
              : null}
          </div>
        )
        : null}
      <video
        ref={video}
        class={camera && mode === "looking-live" ? "camera" : "hidden"}
        playsInline
        aria-hidden="true"
      />
      {problem ? <Problem problem={problem} /> : null}
      {found ? <Choice found={found} take={take} /> : null}
    </Section>
  );
}

function miss(
  text: "noCode" | "doubtful" | "noPicture" | "cancelled" | "noShare" | "noCamera",
): StationProblem {
  return { code: `scan/${text}`, message: texts.scan[text], next: null };
}

function Choice(
  { found, take }: { readonly found: Found; readonly take: (one: FoundAccount) => Promise<void> },
): JSX.Element {
  return (
    <div class="choice">
      {found.accounts.length === 0 ? null : (
        <>
          <p>{texts.scan.several(found.accounts.length)}</p>
          <ul>
            {found.accounts.map((one, index) => (
              <li key={index}>
                <span>{accountName(one.account)}</span>
                <Seed text={() => seedText(one.account.secret)} />
                <button type="button" onClick={() => void take(one)}>{texts.scan.use}</button>
              </li>
            ))}
          </ul>
        </>
      )}
      {found.wrong.map((problem, index) => (
        <Fragment key={index}>
          <Problem problem={problem} />
        </Fragment>
      ))}
    </div>
  );
}

/** The seed, on request alone. */
function Seed({ text }: { readonly text: () => string }): JSX.Element {
  const [shown, setShown] = useState<string | null>(null);
  return (
    <>
      {shown === null ? null : <code class="seed">{shown}</code>}
      <button type="button" class="quiet" onClick={() => setShown(shown === null ? text() : null)}>
        {shown === null ? texts.scan.reveal : texts.scan.hide}
      </button>
    </>
  );
}

function Account({ state, act }: { readonly state: StationState; readonly act: Act }): JSX.Element {
  const { scan } = texts;
  const account = state.account!;
  return (
    <>
      <Facts
        rows={[
          [scan.service, account.issuer || scan.unnamed],
          [scan.account, account.account || scan.unnamed],
          [scan.codes, scan.codesValue(account.digits, account.period, account.algorithm)],
          [scan.seed, scan.seedValue(account.seedBytes)],
          [scan.source, account.source],
        ]}
      />
      {account.warnings.map((warning) => <p class="note" key={warning}>{warning}</p>)}
      {account.repaired ? <p class="note">{scan.repaired}</p> : null}
      {state.actions.includes("clear-account")
        ? <button type="button" onClick={() => void act("clear-account", {})}>{scan.other}</button>
        : null}
    </>
  );
}
