import type { JSX } from "preact";
import { useState } from "preact/hooks";
import type { ActionInput } from "@otpsmith/cli/station_api";
import type { Act } from "../station_page.tsx";
import { texts } from "../texts/mod.ts";

/** A seed from the keyboard: hidden, and never guessed at. */
export function TypedSeed(
  { act, done }: { readonly act: Act; readonly done: () => void },
): JSX.Element {
  const { typed, scan } = texts;
  const [as, setAs] = useState<ActionInput<"set-account">["as"] | null>(null);
  const [missing, setMissing] = useState(false);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    const form = event.currentTarget as HTMLFormElement;
    const field = (name: string): string =>
      (form.elements.namedItem(name) as HTMLInputElement | null)?.value ?? "";
    const text = field("seed");
    const isLink = /^\s*[a-z-]+:/i.test(text);
    if (!isLink && as === null) return setMissing(true);
    const settings = {
      issuer: field("issuer").trim(),
      account: field("account").trim(),
      algorithm: field("algorithm") as "SHA1",
      digits: Number(field("digits")),
      period: Number(field("period")),
    };
    const input = isLink
      ? { text, as: "link" as const, source: scan.sources.typed }
      : { text, as: as!, source: scan.sources.typed, ...settings };
    if (await act("set-account", input)) {
      form.reset();
      done();
    }
  };
  return (
    <form class="typed" onSubmit={(event) => void submit(event)} autocomplete="off">
      <label>
        {typed.seed}
        <input
          name="seed"
          type="password"
          required
          maxLength={8192}
          autocomplete="off"
          spellcheck={false}
        />
      </label>
      <fieldset>
        <legend>{typed.as}</legend>
        {(["base32", "hex"] as const).map((form) => (
          <label class="option" key={form}>
            <input
              type="radio"
              name="as"
              value={form}
              checked={as === form}
              onChange={() => {
                setAs(form);
                setMissing(false);
              }}
            />
            {typed[form]}
          </label>
        ))}
        {missing ? <p role="alert" class="problem">{typed.choose}</p> : null}
      </fieldset>
      <label>
        {typed.issuer}
        <input name="issuer" maxLength={200} />
      </label>
      <label>
        {typed.account}
        <input name="account" maxLength={200} />
      </label>
      <details>
        <summary>{typed.more}</summary>
        <label>
          {typed.algorithm}
          <select name="algorithm">
            {["SHA1", "SHA256", "SHA512"].map((name) => <option key={name}>{name}</option>)}
          </select>
        </label>
        <label>
          {typed.digits}
          <input name="digits" type="number" min={1} max={10} defaultValue="6" />
        </label>
        <label>
          {typed.period}
          <input name="period" type="number" min={1} max={3600} defaultValue="30" />
        </label>
      </details>
      <div class="buttons">
        <button type="submit" class="main">{typed.use}</button>
        <button type="button" onClick={done}>{typed.cancel}</button>
      </div>
    </form>
  );
}
