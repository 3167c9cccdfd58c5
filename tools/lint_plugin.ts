/**
 * House rules that no ready-made linter knows, as a plugin for `deno lint`.
 *
 * Each rule looks at one file and at nothing else. What a rule forbids, and why, is its message: the
 * person who meets it reads no other document.
 *
 * @module
 */

/** The parts of a syntax tree node that the rules read. */
interface Node {
  readonly type: string;
  readonly parent?: Node;
  readonly name?: string;
  readonly kind?: string;
  readonly accessibility?: string;
  readonly callee?: Node;
  readonly object?: Node;
  readonly property?: Node;
  readonly arguments?: readonly Node[];
  readonly params?: readonly Node[];
  readonly left?: Node;
  readonly argument?: Node;
}

interface Context {
  readonly filename: string;
  report(finding: { readonly node: Node; readonly message: string; readonly hint?: string }): void;
}

type Visitor = Record<string, (node: Node) => void>;

interface Rule {
  create(context: Context): Visitor;
}

const FILE_NAME = /^_?[a-z0-9]+(_[a-z0-9]+)*(\.config)?\.(tsx?|mjs|cjs)$/;
/** Names of a last parameter that is a bag of named values. */
const OPTIONS_NAME = /(^|[a-z])([oO]ptions|[cC]ontext|[iI]nit)$/;

/** Path from the folder `packages`, or undefined for a file outside of it. */
function inPackages(filename: string): string | undefined {
  return filename.replaceAll("\\", "/").match(/\/packages\/(.+)$/)?.[1];
}

/** Whether a file is a test or belongs to tests only. */
function isTest(filename: string): boolean {
  return /_test\.ts$|[\\/]testdata[\\/]/.test(filename);
}

/** Whether a file is seen by its own folder only. */
function isPrivate(filename: string): boolean {
  return /[\\/]_[^\\/]+$/.test(filename);
}

function isNamed(node: Node | undefined, name: string): boolean {
  return node?.type === "Identifier" && node.name === name;
}

function isOptions(parameter: Node): boolean {
  const node = parameter.type === "AssignmentPattern" ? parameter.left! : parameter;
  return node.type === "ObjectPattern" ||
    (node.type === "Identifier" && OPTIONS_NAME.test(node.name!));
}

const timeThroughTheDoor: Rule = {
  create(context) {
    const path = inPackages(context.filename);
    if (!path || path.startsWith("core/time/") || isTest(context.filename)) return {};
    const report = (node: Node): void =>
      context.report({
        node,
        message: "The time is read in packages/core/time only",
        hint: "Take a TimeSource from the caller: tests and simulations move it by hand",
      });
    return {
      CallExpression(node) {
        const { callee } = node;
        if (isNamed(callee, "Date")) report(node);
        if (isNamed(callee?.object, "Date") && isNamed(callee?.property, "now")) report(node);
      },
      NewExpression(node) {
        if (isNamed(node.callee, "Date") && node.arguments?.length === 0) report(node);
      },
    };
  },
};

const noConsole: Rule = {
  create(context) {
    const path = inPackages(context.filename);
    if (!path || path.startsWith("cli/") || isTest(context.filename)) return {};
    return {
      MemberExpression(node) {
        if (!isNamed(node.object, "console")) return;
        context.report({
          node,
          message: "A library does not print",
          hint: "Return a value, throw a project error, or offer a trace event",
        });
      },
    };
  },
};

const hashPrivate: Rule = {
  create(context) {
    const check = (node: Node): void => {
      const hidden = node.accessibility === "private" || node.accessibility === "protected";
      if (!hidden || (node.kind === "constructor" && node.accessibility === "private")) return;
      context.report({
        node,
        message: `The keyword "${node.accessibility}" hides nothing at run time`,
        hint: "Use a #private name; only constructors may be declared private",
      });
    };
    const parameter = (node: Node): void =>
      context.report({ node, message: "Parameter properties do not exist in JavaScript" });
    return { PropertyDefinition: check, MethodDefinition: check, TSParameterProperty: parameter };
  },
};

const noEnum: Rule = {
  create: (context) => ({
    TSEnumDeclaration(node) {
      context.report({ node, message: "Enums are not used here", hint: "Use a union of strings" });
    },
  }),
};

const noUsing: Rule = {
  create: (context) => ({
    VariableDeclaration(node) {
      if (node.kind !== "using" && node.kind !== "await using") return;
      context.report({
        node,
        message: "Node 20 cannot parse using declarations",
        hint: "Use try and finally",
      });
    },
  }),
};

const fewParameters: Rule = {
  create(context) {
    const { filename } = context;
    if (!inPackages(filename) || isTest(filename) || isPrivate(filename)) return {};
    return {
      FunctionDeclaration(node) {
        if (node.parent?.type !== "ExportNamedDeclaration") return;
        const [third, ...more] = node.params!.slice(2);
        if (!third || (more.length === 0 && isOptions(third))) return;
        context.report({
          node: third,
          message: "An exported function takes at most two positional parameters",
          hint: "Put the others into an object as the last parameter, and call it options",
        });
      },
    };
  },
};

const snakeCaseFiles: Rule = {
  create: (context) => ({
    Program(node) {
      const name = context.filename.split(/[\\/]/).at(-1)!;
      if (FILE_NAME.test(name)) return;
      context.report({ node, message: `File names are in snake_case: "${name}" is not` });
    },
  }),
};

const plugin: { readonly name: string; readonly rules: Readonly<Record<string, Rule>> } = {
  name: "otpsmith",
  rules: {
    "time-through-the-door": timeThroughTheDoor,
    "no-console": noConsole,
    "hash-private": hashPrivate,
    "no-enum": noEnum,
    "no-using": noUsing,
    "few-parameters": fewParameters,
    "snake-case-files": snakeCaseFiles,
  },
};

export default plugin;
