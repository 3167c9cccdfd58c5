import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { StationBurn, StationPlan, StationState } from "@otpsmith/cli/station_api";
import type { Act } from "../station_page.tsx";
import { texts } from "../texts/mod.ts";
import { Problem, type Progress, Section, sentence } from "./common.tsx";

/** Step 4: what will happen, what is lost, and the burn. */
export function BurnSection(
  { state, act, progress }: {
    readonly state: StationState;
    readonly act: Act;
    readonly progress: Progress;
  },
): JSX.Element {
  const { burn: words } = texts;
  const { plan, burn, busy, options } = state;
  const running = burn?.status === "running";
  return (
    <Section id="burn" number={4} title={words.title} progress={progress}>
      <label class="option">
        <input
          type="checkbox"
          checked={options.syncClock}
          disabled={!state.actions.includes("set-options") || running || burn?.status === "done"}
          onChange={({ currentTarget: { checked } }) =>
            void act("set-options", { syncClock: checked })}
        />
        <span>{words.sync}</span>
        <span class="hint">{words.syncHelp}</span>
      </label>
      {burn ? <Burn burn={burn} state={state} act={act} /> : null}
      {running || burn?.status === "done"
        ? null
        : plan?.ok
        ? <Plan key={plan.id} plan={plan} state={state} act={act} />
        : plan
        ? <Refusals plan={plan} state={state} act={act} />
        : <p role="status">{busy === "planning" && state.token ? words.planning : words.help}</p>}
    </Section>
  );
}

function Plan(
  { plan, state, act }: {
    readonly plan: Extract<StationPlan, { ok: true }>;
    readonly state: StationState;
    readonly act: Act;
  },
): JSX.Element {
  const { burn: words } = texts;
  // What is lost is agreed to anew for each plan; where nothing is lost there is nothing to agree to.
  const [agreed, setAgreed] = useState(plan.destroys.length === 0);
  const may = state.actions.includes("burn");
  return (
    <>
      <p class="label">{words.steps}</p>
      <ol>{plan.steps.map((step) => <li key={step}>{step}</li>)}</ol>
      {plan.destroys.length > 0
        ? (
          <div class="losses">
            <p class="label">{words.destroys}</p>
            <ul>{plan.destroys.map((loss) => <li key={loss}>{loss}</li>)}</ul>
            <label class="option">
              <input
                type="checkbox"
                checked={agreed}
                onChange={({ currentTarget }) => setAgreed(currentTarget.checked)}
              />
              <span>{words.agree}</span>
            </label>
          </div>
        )
        : null}
      {plan.notes.map((note) => <p class="note" key={note}>{note}</p>)}
      <button
        type="button"
        class="main"
        disabled={!may || !agreed}
        onClick={() => void act("burn", { plan: plan.id, agreed: true })}
      >
        {state.burn ? words.again : words.button}
      </button>
    </>
  );
}

/** Refusals, and the consent that one of them may ask for. */
function Refusals(
  { plan, state, act }: {
    readonly plan: Extract<StationPlan, { ok: false }>;
    readonly state: StationState;
    readonly act: Act;
  },
): JSX.Element {
  const { burn: words } = texts;
  const { slot, replace } = state.options;
  const has = (code: string): boolean => plan.refusals.some((one) => one.code === code);
  return (
    <>
      {plan.refusals.map((problem) => <Problem key={problem.code} problem={problem} />)}
      {has("burn/clocks-disagree")
        ? (
          <label class="option">
            <input
              type="checkbox"
              checked={false}
              onChange={() => void act("set-options", { hostClockChecked: true })}
            />
            <span>{words.hostClock}</span>
          </label>
        )
        : null}
      {has("burn/slot-occupied")
        ? (
          <button
            type="button"
            onClick={() =>
              void act("set-options", {
                replace: [...replace, typeof slot === "number" ? slot : state.account!.account],
              })}
          >
            {words.replace(String(slot ?? state.account!.account))}
          </button>
        )
        : null}
    </>
  );
}

function Burn(
  { burn, state, act }: {
    readonly burn: StationBurn;
    readonly state: StationState;
    readonly act: Act;
  },
): JSX.Element {
  const { burn: words } = texts;
  return (
    <div class={`outcome ${burn.status}`} data-status={burn.status}>
      <p role="status" class="label">{words.status[burn.status]}</p>
      <ol class="steps">
        {burn.steps.map(({ title, state }, index) => (
          <li key={index} class={state}>
            <span>{title}</span> <span class="hint">{words.states[state]}</span>
          </li>
        ))}
      </ol>
      {burn.wants === null ? null : <p role="alert" class="wants">{burn.wants}</p>}
      {burn.problem ? <Problem problem={burn.problem} /> : null}
      {burn.message === null ? null : <p>{sentence(burn.message)}</p>}
      {burn.next === null || burn.problem?.next === burn.next ? null : <p>{burn.next}</p>}
      <div class="buttons">
        {state.actions.includes("touched")
          ? (
            <button type="button" class="main" onClick={() => void act("touched", {})}>
              {words.touched}
            </button>
          )
          : null}
        {state.actions.includes("stop")
          ? <button type="button" onClick={() => void act("stop", {})}>{words.stop}</button>
          : null}
      </div>
    </div>
  );
}
