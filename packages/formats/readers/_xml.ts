import { FormatError } from "@otpsmith/core/errors";
import { SaxesParser } from "saxes";
import { toUtf8 } from "./_encoding.ts";

/** Deepest nesting, most attributes of an element, most bytes of one package of a file. */
const MAX_DEPTH = 24;
const MAX_ATTRIBUTES = 32;
const MAX_PART = 256 * 1024;
const CHUNK = 64 * 1024;

/** An element, without its namespace: files of many makers use other prefixes and older namespaces. */
export class XmlNode {
  /** Name without prefix. */
  readonly name: string;
  /** Line where it begins, counted from 1. */
  readonly line: number;
  readonly attributes: ReadonlyMap<string, string>;
  readonly children: XmlNode[] = [];
  /** Its own text. */
  text = "";

  constructor(name: string, line: number, attributes: ReadonlyMap<string, string>) {
    this.name = name;
    this.line = line;
    this.attributes = attributes;
  }

  /** The first element at a path of names, each either of several: `"Data/Secret"`, `"Model|ModelNo"`. */
  find(path: string): XmlNode | undefined {
    const [step = "", ...rest] = path.split("/");
    const names = step.split("|");
    const child = this.children.find(({ name }) => names.includes(name));
    return rest.length === 0 ? child : child?.find(rest.join("/"));
  }

  /** The trimmed text of the element at a path; empty if there is none. */
  textAt(path: string): string {
    return this.find(path)?.text.trim() ?? "";
  }
}

/** How {@linkcode readParts} reads. */
export interface PartOptions {
  /** Name of the outermost element. */
  readonly root: string;
  /** Kind and name for errors. */
  readonly kind: string;
  readonly what: string;
  readonly source: string;
}

/**
 * Reads an XML text and hands over each child of the outermost element when it is complete, so that memory
 * does not grow with the file. A document type, and with it every entity of the file's own, is refused.
 */
export function readParts(
  bytes: Uint8Array,
  options: PartOptions,
  onPart: (part: XmlNode) => void,
): void {
  const parser = new SaxesParser({ xmlns: true, position: true });
  const fail = (state: string, next: string): FormatError =>
    new FormatError(options.kind, `Cannot read ${options.what}: ${state}`, {
      source: options.source,
      line: parser.line,
      position: parser.position,
      next,
    });
  const malformed = (state: string): FormatError => fail(state, "Export it again.");
  const open: XmlNode[] = [];
  let partBegan = 0;
  // The library's messages quote names out of the file: only the place is taken from it.
  parser.on("error", () => {
    throw malformed("it is no well-formed XML");
  });
  parser.on("doctype", () => {
    throw fail("it has a document type", "No PSKC file has one: it may be made to stop programs.");
  });
  parser.on("opentag", ({ local, attributes, isSelfClosing: _ }) => {
    if (open.length === 0 && local !== options.root) {
      throw malformed(`its outermost element is not ${options.root}`);
    }
    if (open.length >= MAX_DEPTH) throw malformed(`it is nested deeper than ${MAX_DEPTH} elements`);
    const given = Object.values(attributes);
    if (given.length > MAX_ATTRIBUTES) {
      throw malformed(`an element has over ${MAX_ATTRIBUTES} attributes`);
    }
    if (open.length === 1) partBegan = parser.position;
    if (parser.position - partBegan > MAX_PART && open.length > 1) {
      throw malformed("one of its parts is too large");
    }
    const node = new XmlNode(
      local,
      parser.line,
      new Map(given.map(({ local, value }) => [local, value])),
    );
    open.at(-1)?.children.push(node);
    open.push(node);
  });
  const onText = (text: string): void => {
    const node = open.at(-1);
    if (!node) return;
    if (node.text.length + text.length > MAX_PART) throw malformed("a text in it is too long");
    node.text += text;
  };
  parser.on("text", onText);
  parser.on("cdata", onText);
  parser.on("closetag", () => {
    const node = open.pop()!;
    if (open.length !== 1) return;
    open[0]!.children.length = 0;
    onPart(node);
  });
  feed(parser, bytes);
}

function feed(parser: { write(text: string): unknown; close(): unknown }, bytes: Uint8Array): void {
  const text = toUtf8(bytes);
  try {
    const decoder = new TextDecoder();
    for (let at = 0; at < text.bytes.length; at += CHUNK) {
      parser.write(decoder.decode(text.bytes.subarray(at, at + CHUNK), { stream: true }));
    }
    parser.close();
  } finally {
    if (text.owned) text.bytes.fill(0);
  }
}
