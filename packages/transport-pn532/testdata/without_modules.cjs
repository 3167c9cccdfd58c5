// Makes some npm packages look as if they were not installed: WITHOUT_MODULES=pcsclite,koffi
const Module = require("node:module");

const missing = (process.env.WITHOUT_MODULES ?? "").split(",");
const resolve = Module._resolveFilename;
Module._resolveFilename = function (request, ...rest) {
  if (!missing.includes(request)) return resolve.call(this, request, ...rest);
  throw Object.assign(new Error(`Cannot find module '${request}'`), { code: "MODULE_NOT_FOUND" });
};
