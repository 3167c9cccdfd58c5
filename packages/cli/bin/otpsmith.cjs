#!/usr/bin/env node
"use strict";
// CommonJS on purpose: the size of the thread pool must be set before the first ES module is loaded, and
// each PC/SC call that waits for a card keeps one thread busy.
process.env.UV_THREADPOOL_SIZE ??= "32";

const [first, ...rest] = process.argv.slice(2);
if (rest.length === 0 && (first === "--version" || first === "-V")) {
  process.stdout.write(`${require("../package.json").version}\n`);
} else {
  // Compiled code is kept between two runs where Node can do that (from 22.1 on).
  require("node:module").enableCompileCache?.();
  void import("../dist/bundle/main.js").then(({ main }) => main());
}
