#!/usr/bin/env node
// Runs the program of the platform's package in place of this process, as far as Node can: the same arguments, standard streams,
// signals and exit status.
"use strict";

const { spawn } = require("node:child_process");
const { constants } = require("node:os");
const { optionalDependencies } = require("./package.json");

const STATUS_OF_AN_ERROR = 2;

function fail(message) {
  process.stderr.write(`authshift: ${message}\n`);
  process.exit(STATUS_OF_AN_ERROR);
}

const platform = `${process.platform}-${process.arch}`;
const name = `@authshift/${platform}`;
if (!(name in optionalDependencies)) {
  fail(`there is no program for ${platform}; with Rust it can be built: see the project's README`);
}

let program;
try {
  program = require.resolve(`${name}/authshift${process.platform === "win32" ? ".exe" : ""}`);
} catch {
  fail(
    `the package ${name}, which holds the program for this machine, is not installed. npm leaves it out with ` +
      "--omit=optional or --no-optional, and when node_modules comes from another kind of machine: " +
      "remove node_modules and install again",
  );
}

const child = spawn(program, process.argv.slice(2), { stdio: "inherit" });
const signals = ["SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"].filter((signal) => signal in constants.signals);
for (const signal of signals) {
  // This process lives on until the program has ended. On Windows the console tells the program itself, and kill would end it at once.
  process.on(signal, () => process.platform === "win32" || child.kill(signal));
}
child.on("error", (error) => fail(`${program} cannot be run: ${error.message}`));
child.on("exit", (code, signal) => {
  if (signal === null) {
    process.exit(code);
  }
  signals.forEach((each) => process.removeAllListeners(each));
  process.kill(process.pid, signal);
});
