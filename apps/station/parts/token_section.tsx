import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { StationState, StationToken } from "@otpsmith/cli/station_api";
import type { Act } from "../station_page.tsx";
import { texts } from "../texts/mod.ts";
import { Facts, Problem, type Progress, Section } from "./common.tsx";

/** Step 3: who the token is, what its clock says, which slot, which secret. */
export function TokenSection(
  { state, act, progress }: {
    readonly state: StationState;
    readonly act: Act;
    readonly progress: Progress;
  },
): JSX.Element {
  const { token: words } = texts;
  const { token, tokenProblem, busy, reader } = state;
  const reading = busy === "reading" && !token;
  return (
    <Section id="token" number={3} title={words.title} progress={progress}>
      {token ? <Token token={token} state={state} act={act} /> : (
        <div class="place">
          <Hands />
          <p role="status">{reading ? words.reading : words.help}</p>
        </div>
      )}
      {tokenProblem && (reader !== null || tokenProblem.code !== "station/no-token")
        ? <Problem problem={tokenProblem} />
        : null}
      {reader === null ? null : (
        <button
          type="button"
          disabled={!state.actions.includes("read-token")}
          onClick={() => void act("read-token", {})}
        >
          {words.again}
        </button>
      )}
    </Section>
  );
}

function Token(
  { token, state, act }: {
    readonly token: StationToken;
    readonly state: StationState;
    readonly act: Act;
  },
): JSX.Element {
  const { token: words } = texts;
  const { clock, evidence } = token;
  return (
    <>
      <Facts
        rows={[
          [words.serial, <strong key="serial">{token.serial}</strong>],
          [words.model, `${token.model ?? words.unknownModel} (${token.family})`],
          ...(clock
            ? [
              [words.clock, timeOf(clock.tokenSeconds * 1000)],
              [words.computer, timeOf(clock.hostMilliseconds)],
              [
                words.drift,
                <span key="drift" class={Math.abs(clock.driftSeconds) > 30 ? "far" : ""}>
                  {words.driftValue(clock.driftSeconds)}
                </span>,
              ],
            ] as const
            : [[words.clock, words.noClock]] as const),
          [
            words.evidence,
            <span key="evidence" title={evidence.note}>
              {words.levels[evidence.level] ?? evidence.level}
            </span>,
          ],
        ]}
      />
      {token.unfinished === null ? null : <p class="note">{token.unfinished}</p>}
      {token.secret
        ? (
          <OwnerSecret
            key={token.serial}
            secret={token.secret}
            act={act}
            may={state.actions.includes("unlock")}
          />
        )
        : null}
      {token.slotsBy === "number" ? <Slots token={token} state={state} act={act} /> : null}
    </>
  );
}

/** Date and time to the second, as the computer's owner writes them. */
function timeOf(milliseconds: number): string {
  return new Date(milliseconds).toLocaleString(undefined, {
    dateStyle: "medium",
    timeStyle: "medium",
  });
}

function OwnerSecret(
  { secret, act, may }: {
    readonly secret: NonNullable<StationToken["secret"]>;
    readonly act: Act;
    readonly may: boolean;
  },
): JSX.Element {
  const { token: words } = texts;
  const [value, setValue] = useState("");
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await act("unlock", { secret: value })) setValue("");
  };
  return (
    <form class="secret" onSubmit={(event) => void submit(event)} autocomplete="off">
      <label>
        {words.secret[secret.kind]}
        {secret.attemptsLeft === null ? "" : ` (${words.attempts(secret.attemptsLeft)})`}
        <input
          type="password"
          value={value}
          onInput={({ currentTarget }) => setValue(currentTarget.value)}
          autocomplete="off"
          maxLength={512}
        />
      </label>
      <button type="submit" disabled={!may || value === ""}>{words.unlock}</button>
      <p class="hint">
        {secret.given ? words.given : secret.required ? words.secretRequired : words.secretOptional}
      </p>
    </form>
  );
}

function Slots(
  { token, state, act }: {
    readonly token: StationToken;
    readonly state: StationState;
    readonly act: Act;
  },
): JSX.Element {
  const { token: words } = texts;
  const { slot, title } = state.options;
  const may = state.actions.includes("set-options");
  const slots = token.slots;
  return (
    <div class="slots">
      <label>
        {words.slots}
        {slots
          ? (
            <select
              value={String(slot ?? "")}
              disabled={!may}
              onChange={({ currentTarget: { value } }) =>
                void act("set-options", {
                  slot: value === "" ? null : value === "next" ? value : Number(value),
                  replace: [],
                })}
            >
              <option value="">{words.slotNone}</option>
              <option value="next">{words.slotNext}</option>
              {slots.map((one) => (
                <option key={one.slot} value={String(one.slot)}>
                  {`${one.slot}: ${one.title || (one.occupied ? words.untitled : words.free)}${
                    one.occupied ? ` (${words.occupied})` : ""
                  }`}
                </option>
              ))}
            </select>
          )
          : (
            <select
              value={String(slot ?? "")}
              disabled={!may}
              onChange={({ currentTarget: { value } }) =>
                void act("set-options", { slot: value === "next" ? value : null, replace: [] })}
            >
              <option value="">{words.slotNone}</option>
              <option value="next">{words.slotNext}</option>
            </select>
          )}
      </label>
      {slots ? null : (
        <button
          type="button"
          disabled={!state.actions.includes("list-slots")}
          onClick={() => void act("list-slots", {})}
        >
          {words.listSlots}
        </button>
      )}
      <label>
        {words.slotTitle}
        <input
          defaultValue={title ?? ""}
          maxLength={200}
          disabled={!may}
          onChange={({ currentTarget: { value } }) =>
            void act("set-options", { title: value.trim() === "" ? null : value.trim() })}
        />
      </label>
      <p class="hint">{words.slotTitleHelp}</p>
    </div>
  );
}

/** What to do with the hands. */
function Hands(): JSX.Element {
  return (
    <svg class="hands" viewBox="0 0 220 110" role="img" aria-label={texts.token.pictureAlt}>
      <rect x="20" y="62" width="180" height="34" rx="9" class="reader" />
      <path d="M92 86a26 26 0 0 1 36 0M100 78a15 15 0 0 1 20 0" class="waves" />
      <g class="token">
        <rect x="58" y="22" width="104" height="34" rx="10" class="case" />
        <rect x="68" y="30" width="62" height="18" rx="3" class="lcd" />
        <text x="99" y="43.5" text-anchor="middle" class="digits">------</text>
        <circle cx="146" cy="39" r="5.5" class="key" />
      </g>
    </svg>
  );
}
