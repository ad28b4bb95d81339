import { join } from "node:path";
import type { EventInput, RunLine } from "../../record/recording.ts";
import { createRun, type Run } from "../../record/writer.ts";

/** The recording of an experiment that runs, and the clock that all its lines go by. */
export class Recorder {
  /** What the generator's process counts from, too. */
  readonly originNs: bigint = process.hrtime.bigint();
  readonly #run: Run;

  /** @throws SeamlineError `recording_failed` */
  static async begin(runs: string, line: Omit<RunLine, "id">): Promise<Recorder> {
    return new Recorder(await createRun(runs, line));
  }

  private constructor(run: Run) {
    this.#run = run;
  }

  get directory(): string {
    return this.#run.directory;
  }

  get id(): string {
    return String(this.#run.number);
  }

  /** Where the generator writes. */
  get samples(): string {
    return join(this.directory, "samples-load.ndjson");
  }

  /** Aborted, with the reason, when the recording can no longer be written. */
  get failed(): AbortSignal {
    return this.#run.events.failed;
  }

  /** In ms since the run's start. */
  now(): number {
    return Math.round(Number(process.hrtime.bigint() - this.originNs) / 1e3) / 1e3;
  }

  write(line: EventInput): void {
    this.#run.events.write(line);
  }

  /** Says how it ended and closes the file. @throws SeamlineError `recording_failed` */
  async end(why: string): Promise<void> {
    this.write({ type: "end", t: this.now(), complete: why === "", why });
    await this.#run.events.close();
  }
}
