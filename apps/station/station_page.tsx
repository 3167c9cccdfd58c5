import type { JSX } from "preact";
import { useEffect, useState } from "preact/hooks";
import type {
  ActionInput,
  ActionName,
  StationProblem,
  StationState,
} from "@otpsmith/cli/station_api";
import { Refused, type StationClient } from "./api_client.ts";
import { BurnSection } from "./parts/burn_section.tsx";
import { accountName, Problem, type Progress } from "./parts/common.tsx";
import { ProveSection } from "./parts/prove_section.tsx";
import { ReaderSection } from "./parts/reader_section.tsx";
import { ScanSection } from "./parts/scan_section.tsx";
import { SimulatorPanel } from "./parts/simulator_panel.tsx";
import { TokenSection } from "./parts/token_section.tsx";
import { texts } from "./texts/mod.ts";

/** Does an action; whether the server has done it. What it refused is shown by the page. */
export type Act = <N extends ActionName>(name: N, input: ActionInput<N>) => Promise<boolean>;

/** The whole page. */
export function StationPage({ client }: { readonly client: StationClient }): JSX.Element {
  const [state, setState] = useState<StationState | null>(null);
  const [lost, setLost] = useState<StationProblem | true | null>(null);
  const [refused, setRefused] = useState<StationProblem | null>(null);
  const [ended, setEnded] = useState(false);
  useEffect(() => {
    void client.follow({
      onState: (next) => {
        setState(next);
        setLost(null);
      },
      onLost: (problem) => setLost(problem ?? true),
    });
  }, [client]);

  const act: Act = async (name, input) => {
    setRefused(null);
    try {
      await client.act(name, input); // the events tell what came of it, in their order
      return true;
    } catch (error) {
      if (error instanceof Refused) setRefused(error.problem);
      else setLost(true);
      return false;
    }
  };
  const end = async (): Promise<void> => {
    if (await act("end", {})) setEnded(true);
  };

  if (ended) {
    return (
      <main class="message">
        <h1>{texts.endedTitle}</h1>
        <p>{texts.ended}</p>
      </main>
    );
  }
  if (lost !== null && lost !== true) {
    return (
      <main class="message">
        <h1>{texts.title}</h1>
        <Problem problem={lost} />
      </main>
    );
  }
  if (!state) {
    return (
      <main class="message">
        <h1>{texts.title}</h1>
        <p role="status">{lost ? texts.lost : texts.loading}</p>
      </main>
    );
  }
  const steps = progressOf(state);
  return (
    <>
      <a class="skip" href={`#${steps.now}`}>{texts.skip}</a>
      <header>
        <h1>{texts.title}</h1>
        <p>{texts.subtitle}</p>
        {lost ? <p role="alert" class="problem">{texts.lost}</p> : null}
        {refused ? <Problem problem={refused} /> : null}
      </header>
      <main>
        <ScanSection state={state} act={act} progress={steps.of("scan")} />
        <ReaderSection state={state} act={act} progress={steps.of("reader")} />
        <TokenSection state={state} act={act} progress={steps.of("token")} />
        <BurnSection state={state} act={act} progress={steps.of("burn")} />
        <ProveSection state={state} act={act} progress={steps.of("prove")} />
      </main>
      <SimulatorPanel state={state} act={act} />
      {state.records.length > 0 ? <Records state={state} /> : null}
      <footer>
        <button
          type="button"
          class="quiet"
          disabled={!state.actions.includes("end")}
          onClick={() => void end()}
        >
          {texts.end}
        </button>
        <span class="hint">otpsmith {state.version}</span>
      </footer>
    </>
  );
}

const ORDER = ["scan", "reader", "token", "burn", "prove"] as const;
type StepName = typeof ORDER[number];

/** Which step is next: the first that is not done. */
function progressOf(state: StationState): { readonly now: StepName; of(step: StepName): Progress } {
  const burned = state.burn?.status === "done";
  const done: Readonly<Record<StepName, boolean>> = {
    scan: state.account !== null,
    reader: state.reader !== null,
    token: state.token !== null || burned,
    burn: burned,
    prove: state.proof?.match === true && !state.proof.wanted,
  };
  const now = ORDER.find((step) => !done[step]) ?? "prove";
  return { now, of: (step) => done[step] ? "done" : step === now ? "now" : "later" };
}

/** What was burned since the start. */
function Records({ state }: { readonly state: StationState }): JSX.Element {
  const { records: words, token, scan } = texts;
  return (
    <section class="records" aria-labelledby="records-title">
      <h2 id="records-title">{words.title}</h2>
      <table>
        <thead>
          <tr>
            <th scope="col">{token.serial}</th>
            <th scope="col">{scan.account}</th>
            <th scope="col">{texts.prove.title}</th>
          </tr>
        </thead>
        <tbody>
          {state.records.map((record) => (
            <tr key={record.at}>
              <td>{record.serial}</td>
              <td>{accountName(record)}</td>
              <td>{record.proven ? words.proven : words.notProven}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
