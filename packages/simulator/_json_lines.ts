/**
 * The line, counted from 1, on which the value at a path such as `tokens[1].serial` begins. Only for
 * texts that JSON.parse accepts; where a key stands twice, the last one counts, as it does there.
 */
export function lineOf(text: string, path: string): number | undefined {
  let line: number | undefined;
  walk(text, (at, where) => {
    if (where === path) line = text.slice(0, at).split("\n").length;
  });
  return line;
}

/** Strings, single marks, and everything else that has no white space in it. */
const LEXEME = /"(?:[^"\\]|\\.)*"|[{}[\]:,]|[^\s{}[\]:,"]+/g;

/** Calls back with the offset and the path of each value. */
function walk(text: string, visit: (at: number, path: string) => void): void {
  const lexemes = [...text.matchAll(LEXEME)];
  let next = 0;
  const value = (path: string): void => {
    const lexeme = lexemes[next++]!;
    visit(lexeme.index, path);
    if (lexeme[0] === "{") {
      while (lexemes[next]![0] !== "}") {
        const key = JSON.parse(lexemes[next]![0]) as string;
        next += 2; // the key and its colon
        value(path ? `${path}.${key}` : key);
        if (lexemes[next]![0] === ",") next++;
      }
      next++;
    } else if (lexeme[0] === "[") {
      for (let i = 0; lexemes[next]![0] !== "]"; i++) {
        value(`${path}[${i}]`);
        if (lexemes[next]![0] === ",") next++;
      }
      next++;
    }
  };
  value("");
}
