/**
 * The page that `otpsmith station` serves.
 *
 * @module
 */
import { render } from "preact";
import { Refused, StationClient } from "./api_client.ts";
import { Problem } from "./parts/common.tsx";
import { StationPage } from "./station_page.tsx";
import { lang, texts } from "./texts/mod.ts";

document.documentElement.lang = lang;
document.title = texts.title;
const root = document.getElementById("page")!;
try {
  render(<StationPage client={await StationClient.open()} />, root);
} catch (error) {
  const problem = error instanceof Refused
    ? error.problem
    : { code: "station/no-link", message: texts.noLink, next: null };
  render(
    <main class="message">
      <h1>{texts.title}</h1>
      <Problem problem={problem} />
    </main>,
    root,
  );
}
