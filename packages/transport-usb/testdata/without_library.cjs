// Makes node-hid look as on a system without libusb: what the dynamic linker says then, word for word.
const Module = require("node:module");

const load = Module._load;
Module._load = function (request, ...rest) {
  if (request !== "pkg-prebuilds/bindings") return load.call(this, request, ...rest);
  throw Object.assign(
    new Error("libusb-1.0.so.0: cannot open shared object file: No such file or directory"),
    { code: "ERR_DLOPEN_FAILED" },
  );
};
