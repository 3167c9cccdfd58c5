import type { JSX } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { StationProof, StationState } from "@otpsmith/cli/station_api";
import type { Act } from "../station_page.tsx";
import { texts } from "../texts/mod.ts";
import { Problem, type Progress, Section } from "./common.tsx";
import { OwnerCard } from "./owner_card.tsx";

/** Step 5: the only proof is a code that the token makes. */
export function ProveSection(
  { state, act, progress }: {
    readonly state: StationState;
    readonly act: Act;
    readonly progress: Progress;
  },
): JSX.Element {
  const { prove: words } = texts;
  const { proof, burn } = state;
  const [code, setCode] = useState("");
  const input = useRef<HTMLInputElement>(null);
  const asks = state.actions.includes("prove");
  useEffect(() => {
    if (burn?.status === "done" && asks) input.current?.focus();
  }, [burn?.status]);
  const submit = async (event: Event): Promise<void> => {
    event.preventDefault();
    if (await act("prove", { code })) setCode("");
  };
  return (
    <Section id="prove" number={5} title={words.title} progress={progress}>
      {burn?.status === "done" ? null : <p>{words.help}</p>}
      {asks
        ? (
          <form onSubmit={(event) => void submit(event)} autocomplete="off">
            <p>{words.hands["power-cycle"]}</p>
            {proof?.level === "presence" ? <p class="note">{words.presence}</p> : null}
            <label class="code">
              {words.code}
              <input
                ref={input}
                value={code}
                inputMode="numeric"
                pattern="[\d \-]{1,24}"
                autocomplete="off"
                onInput={({ currentTarget }) => setCode(currentTarget.value)}
              />
            </label>
            <button type="submit" class="main" disabled={code.trim() === ""}>{words.button}</button>
          </form>
        )
        : null}
      {proof ? <Proof proof={proof} /> : null}
      {proof?.match && !proof.wanted ? <OwnerCard state={state} /> : null}
      {state.actions.includes("next")
        ? (
          <div class="buttons">
            <button type="button" onClick={() => void act("next", { keepAccount: false })}>
              {words.next}
            </button>
            {state.account
              ? (
                <button type="button" onClick={() => void act("next", { keepAccount: true })}>
                  {words.same}
                </button>
              )
              : null}
          </div>
        )
        : null}
    </Section>
  );
}

function Proof({ proof }: { readonly proof: StationProof }): JSX.Element | null {
  const { prove: words } = texts;
  if (proof.problem) return <Problem problem={proof.problem} />;
  if (!proof.match || proof.level === "presence") return null;
  const { driftSeconds } = proof;
  return (
    <div class="proven" role="status" data-proof={proof.level}>
      <p class="label">{proof.level === "computed" ? words.computed : words.match}</p>
      {proof.level === "display" && driftSeconds !== null
        ? <p>{driftSeconds === 0 ? words.agree : words.drift(driftSeconds)}</p>
        : null}
      {proof.acceptable === false ? <p class="note">{words.tooFar}</p> : <p>{words.service}</p>}
    </div>
  );
}
