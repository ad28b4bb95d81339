import { join } from "node:path";
import type { Directory } from "../../src/kernel/control.ts";
import { startProgram, type Running } from "../../src/kernel/program.ts";
import { programSecret } from "../../src/kernel/programs.ts";
import type { App } from "../../src/module/app.ts";
import type { Log } from "../../src/module/module.ts";

/** An app's programs inside the test's own process, by the code that runs them in processes of their own. */
export interface Programs extends AsyncDisposable {
  /** By program. */
  readonly ports: Readonly<Record<string, number>>;
  direct(directory: Directory): void;
}

export async function startPrograms(app: App, secret: string, directory: string, log: Log): Promise<Programs> {
  const running = new Map<string, Running>();
  const programs: Programs = {
    get ports() {
      return Object.fromEntries([...running].map(([name, { port }]) => [name, port!]));
    },
    direct: (now) => running.forEach((program) => program.direct(now)),
    async [Symbol.asyncDispose]() {
      await Promise.all([...running.values()].map((program) => program.drain(1000)));
    },
  };
  try {
    for (const program of Object.keys(app.programs)) {
      const shared = programSecret(Buffer.from(secret, "hex"), program).toString("hex");
      const config = { program, app: "", port: 0, secret: shared, directory: join(directory, "programs", program) };
      running.set(program, await startProgram(app, config, { endpoints: {}, ports: {}, clockOffsetMs: 0 }, log));
    }
    return programs;
  } catch (error) {
    await programs[Symbol.asyncDispose]();
    throw error;
  }
}
