import type { JSX } from "preact";
import type { StationState } from "@otpsmith/cli/station_api";
import { texts } from "../texts/mod.ts";
import { Facts } from "./common.tsx";

/** A card for the person who gets the token: serial number, account, how to use it. No secret is on it. */
export function OwnerCard({ state }: { readonly state: StationState }): JSX.Element | null {
  const { card: words, prove, scan, token } = texts;
  const { account, burn } = state;
  if (!account || !burn) return null;
  const rows = [
    [scan.service, account.issuer],
    [scan.account, account.account],
    [token.serial, burn.serial],
    [words.date, new Date().toLocaleDateString(undefined, { dateStyle: "medium" })],
  ] as const;
  const save = (): void => {
    const text = [
      words.title,
      "",
      ...rows.map(([name, value]) => `${name}: ${value}`),
      "",
      ...words.use.map((line, index) => `${index + 1}. ${line}`),
      "",
      words.lost,
      "",
    ].join("\n");
    const url = URL.createObjectURL(new Blob([text], { type: "text/plain" }));
    const link = document.createElement("a");
    link.href = url;
    link.download = `token-${burn.serial}.txt`;
    link.click();
    URL.revokeObjectURL(url);
  };
  return (
    <>
      <div class="card" aria-label={prove.card} role="group">
        <h3>{words.title}</h3>
        <Facts rows={rows} />
        <ol>{words.use.map((line) => <li key={line}>{line}</li>)}</ol>
        <p>{words.lost}</p>
      </div>
      <div class="buttons">
        <button type="button" onClick={() => print()}>{prove.print}</button>
        <button type="button" onClick={save}>{prove.save}</button>
      </div>
    </>
  );
}
