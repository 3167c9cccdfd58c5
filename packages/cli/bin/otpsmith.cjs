#!/usr/bin/env node
"use strict";
// The launcher of the command, in CommonJS as the bundle is: the loader of ES modules takes 20 ms.
// It loads the bundle together with the code that V8 made of it the last time, since compiling it anew takes a fifth
// of the time of a short command. Node can keep such code itself from 22.1 on, but unless told otherwise in a folder
// that everybody can write to. What is kept is run: it is only taken from where nobody but this user can write.
const fs = require("node:fs");
const { dirname, isAbsolute, join } = require("node:path");

const BUNDLE = join(__dirname, "../dist/bundle/main.cjs");
/** Whoever is in the group, or anybody, may write. */
const OTHERS_WRITE = 0o022;

/** @returns {{ main(): Promise<void> }} */
function loadBundle() {
  const folder = process.env.NODE_DISABLE_COMPILE_CACHE ? undefined : cacheFolder();
  if (folder === undefined) return require(BUNDLE);
  const { enableCompileCache } = require("node:module");
  if (enableCompileCache) {
    enableCompileCache(folder);
    return require(BUNDLE);
  }
  return loadWith(folder);
}

/** A folder that belongs to this user alone, or none. */
function cacheFolder() {
  const { env, platform } = process;
  const home = env.HOME ?? "";
  const place = platform === "win32"
    ? env.LOCALAPPDATA
    : platform === "darwin"
    ? join(home, "Library/Caches")
    : env.XDG_CACHE_HOME || join(home, ".cache");
  if (!place || !isAbsolute(place)) return undefined;
  const folder = join(place, "otpsmith", "code");
  try {
    if (isOwn(fs.lstatSync(folder, { throwIfNoEntry: false }), "isDirectory")) return folder;
    // Under sudo the home may be that of somebody else: nothing is left there.
    if (!isOwn(fs.statSync(home || place), "isDirectory")) return undefined;
    fs.mkdirSync(folder, { recursive: true, mode: 0o700 });
    return isOwn(fs.lstatSync(folder), "isDirectory") ? folder : undefined;
  } catch {
    return undefined;
  }
}

/**
 * Whether something is of the kind wanted and only this user can write to it. Windows has neither owners nor
 * modes here; a profile there is its user's own.
 *
 * @param {fs.Stats | undefined} stats
 * @param {"isDirectory" | "isFile"} kind
 */
function isOwn(stats, kind) {
  if (!stats?.[kind]()) return false;
  return !process.getuid || (stats.uid === process.getuid() && (stats.mode & OTHERS_WRITE) === 0);
}

/** @param {string} folder */
function loadWith(folder) {
  const Module = require("node:module");
  const vm = require("node:vm");
  const source = fs.readFileSync(BUNDLE, "latin1"); // it is ASCII: the build sees to that
  // V8 itself looks at its version and at the length of the source: the build begins it with its hash.
  const hash = /^\/\/(\w+)\n/.exec(source)?.[1];
  // What a command has not called is not compiled: that of a burn is kept by itself, whatever ran first.
  const work = first === "burn" ? "burn" : "others";
  const file = join(folder, `${hash}-${work}-${process.version}-${process.arch}.bin`);
  const cachedData = readOwn(file);
  const script = new vm.Script(Module.wrap(source), { filename: BUNDLE, cachedData });
  if (hash && (!cachedData || script.cachedDataRejected)) {
    process.once("exit", () => write(file, script.createCachedData()));
  }
  const module = new Module(BUNDLE);
  module.filename = BUNDLE;
  require.cache[BUNDLE] = module; // for the other files of the bundle
  const wrapped = script.runInThisContext();
  wrapped.call(
    module.exports,
    module.exports,
    Module.createRequire(BUNDLE),
    module,
    BUNDLE,
    dirname(BUNDLE),
  );
  module.loaded = true;
  return module.exports;
}

/** @param {string} path */
function readOwn(path) {
  let file;
  try {
    file = fs.openSync(path, fs.constants.O_RDONLY | (fs.constants.O_NOFOLLOW ?? 0));
    return isOwn(fs.fstatSync(file), "isFile") ? fs.readFileSync(file) : undefined;
  } catch {
    return undefined;
  } finally {
    if (file !== undefined) fs.closeSync(file);
  }
}

/**
 * Keeps the code for the next time, and drops that of other versions. Whatever goes wrong, the next run compiles.
 *
 * @param {string} path
 * @param {Buffer} code
 */
function write(path, code) {
  const folder = dirname(path);
  const unfinished = `${path}.${process.pid}`;
  try {
    fs.writeFileSync(unfinished, code, { mode: 0o600, flag: "wx" });
    fs.renameSync(unfinished, path);
    const [hash = ""] = path.slice(folder.length + 1).split("-");
    for (const name of fs.readdirSync(folder)) {
      if (/\.bin$/.test(name) && !name.startsWith(hash)) fs.unlinkSync(join(folder, name));
    }
  } catch {
    try {
      fs.rmSync(unfinished, { force: true });
    } catch {
      // The folder is gone, or is not ours any more.
    }
  }
}

// Before the pool's first use: each PC/SC call that waits for a card keeps one of its threads busy.
process.env.UV_THREADPOOL_SIZE ??= "32";

const [first, ...rest] = process.argv.slice(2);
if (rest.length === 0 && (first === "--version" || first === "-V")) {
  process.stdout.write(`${require("../package.json").version}\n`);
} else void loadBundle().main();
