import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import type { TestProject } from "vitest/node";

const ROOT = fileURLToPath(new URL("../..", import.meta.url));
const PYTHON = `${ROOT}/.venv/bin/python`;
const UP_MILLISECONDS = 240_000;

/** A running system: where its console is, and the password of each user by name. */
export interface SystemFacts {
  readonly console: string;
  readonly passwords: Readonly<Record<string, string>>;
  /** What another process needs to be an operator: the variables that the system prints. */
  readonly environment: Readonly<Record<string, string>>;
}

declare module "vitest" {
  interface ProvidedContext {
    readonly system: SystemFacts;
  }
}

/** A system that runs, and how it is ended. */
export interface Served {
  readonly facts: SystemFacts;
  readonly end: () => Promise<void>;
}

/**
 * Starts what `make run ARGS=--serve` starts, once for all tests. While you write a test, start one yourself with its
 * output in a file, and name that in SERVED: it is used, and left running.
 */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  const { facts, end } = await serve(process.env.SERVED);
  project.provide("system", facts);
  return end;
}

/** The system whose output is in a file that was named; without one it is started. */
export async function serve(servedFile: string | undefined): Promise<Served> {
  if (servedFile !== undefined) {
    return { facts: factsOf(readFileSync(servedFile, "utf8")), end: () => Promise.resolve() };
  }
  const system = spawn(PYTHON, ["-u", "-m", "local.demo", "--serve", "--scale", "150"], {
    cwd: ROOT,
    env: { ...process.env, COLUMNS: "200" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  try {
    return { facts: factsOf(await untilServed(system)), end: () => end(system) };
  } catch (error) {
    await end(system);
    throw error;
  }
}

async function untilServed(system: ChildProcess): Promise<string> {
  let output = "";
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => reject(new Error(`the system did not come up:\n${output}`)), UP_MILLISECONDS);
    system.stdout?.on("data", (part: Buffer) => {
      output += part.toString();
      if (!output.includes("The system stays up")) return;
      clearTimeout(timer);
      resolve(output);
    });
    system.on("exit", (code) => reject(new Error(`the system ended with ${code ?? "a signal"}:\n${output}`)));
  });
}

/** What a system has printed of itself. */
function factsOf(output: string): SystemFacts {
  const environment = Object.fromEntries(
    [...output.matchAll(/^ {2}export (\w+)=(.+)$/gm)].map(([, name = "", value = ""]) => [name, value]),
  );
  const passwords = Object.fromEntries(
    [...output.matchAll(/^ {2}([a-z-]+) +DRS\w+ +(\S+)$/gm)].map(([, name = "", password = ""]) => [name, password]),
  );
  const console = environment.CONSOLE_ENDPOINT;
  if (console === undefined) throw new Error("the system serves no console: run make frontend first");
  return { console, passwords, environment };
}

async function end(system: ChildProcess): Promise<void> {
  if (system.exitCode !== null) return;
  system.kill("SIGTERM");
  await once(system, "exit");
}
