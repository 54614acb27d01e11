/** What the readers of input files share: a scratch database, the issues and warnings, progress, Ctrl-C. */
import { createHash, type Hash } from 'node:crypto';
import type { DatabaseSync } from 'node:sqlite';
import { setImmediate } from 'node:timers/promises';
import { InterruptedError } from '../../../command-line/command.ts';
import { count } from '../../../command-line/text.ts';
import { openScratchDatabase } from '../../scratch-database.ts';
import type { InputFiles } from './input-files.ts';
import { FileIssues } from './issues.ts';
import { type Place, StagedRows } from './staged-rows.ts';

/** A short read shows no progress. */
const PROGRESS_AFTER_MS = 1_000;
const ROWS_PER_PAUSE = 500;

export interface ReadingOptions {
  readonly signal?: AbortSignal | undefined;
  /** Gets one line now and then. */
  readonly onProgress?: ((text: string) => void) | undefined;
}

export class Reading implements Disposable {
  readonly files: InputFiles;
  readonly scratch: DatabaseSync = openScratchDatabase();
  readonly rows = new StagedRows(this.scratch);
  readonly issues: FileIssues;
  readonly warnings: string[] = [];
  readonly #options: ReadingOptions;
  readonly #startedAtMs = performance.now();
  #bytesRead = 0;
  #hash: Hash = createHash('sha256');
  readonly #hashes: string[] = [];

  constructor(files: InputFiles, options: ReadingOptions) {
    this.files = files;
    this.issues = new FileIssues(files.paths);
    this.#options = options;
    // One transaction, because a commit for each row would be slow.
    this.scratch.exec('BEGIN');
  }

  /** Call it for each piece of a file. */
  async onBytes(bytes: Buffer): Promise<void> {
    this.#hash.update(bytes);
    this.#bytesRead += bytes.length;
    const [read, all] = [this.#bytesRead, this.files.bytes].map((some) => count(Math.ceil(some / 1e6)));
    const rows = count(this.rows.length);
    await this.#pause(() => `Reading ${this.files.name}: ${read} of ${all} MB, ${rows} rows`);
  }

  onFileEnd(): void {
    this.#hashes.push(this.#hash.digest('hex'));
    this.#hash = createHash('sha256');
  }

  /** The hash of all bytes that were read; of several files, the hash of their hashes. */
  fingerprint(): string {
    const [first = '', ...others] = this.#hashes;
    return others.length === 0 ? first : createHash('sha256').update(this.#hashes.join()).digest('hex');
  }

  /** Passes the rows on, and pauses now and then for progress, Ctrl-C and timers. */
  async *paused<Row>(rows: Iterable<Row>, what: string, total: number): AsyncGenerator<readonly Row[]> {
    let batch: Row[] = [];
    let done = 0;
    for (const row of rows) {
      if (batch.push(row) < ROWS_PER_PAUSE) continue;
      yield batch;
      done += batch.length;
      batch = [];
      await this.#pause(() => `${what} ${this.files.name}: ${count(done)} of ${count(total)} rows`);
    }
    yield batch;
  }

  /** `FILE:LINE` */
  placeText({ file, line }: Place): string {
    return `${this.files.paths[file]}:${line}`;
  }

  [Symbol.dispose](): void {
    this.scratch.close();
  }

  async #pause(text: () => string): Promise<void> {
    const { signal, onProgress } = this.#options;
    if (performance.now() - this.#startedAtMs >= PROGRESS_AFTER_MS) onProgress?.(text());
    await setImmediate();
    if (signal?.aborted === true) throw new InterruptedError();
  }
}
