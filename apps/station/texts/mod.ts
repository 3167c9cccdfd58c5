import { en } from "./en.ts";

/** A catalogue: every text of the page in one language. */
export type Texts = typeof en;

const CATALOGUES: Readonly<Record<string, Texts>> = { en };

/** The catalogue for the browser's languages; English where there is none. */
export function textsFor(
  languages: readonly string[],
): { readonly lang: string; readonly texts: Texts } {
  const lang = languages.map((language) => language.split("-")[0]!.toLowerCase())
    .find((language) => language in CATALOGUES) ?? "en";
  return { lang, texts: CATALOGUES[lang]! };
}

/** The texts of this page. */
export const { lang, texts } = textsFor(navigator.languages);
