/** Processes that the bench starts, and one answer to each message. */
import { type ChildProcess, fork } from 'node:child_process';

export class Child<Message extends object> implements Disposable {
  readonly #process: ChildProcess;
  readonly #ended: Promise<never>;
  /** The last lines that it wrote to stderr, for an error. */
  #stderr = '';

  constructor(
    file: string,
    options: {
      readonly args?: readonly string[];
      readonly execArgv: readonly string[];
      readonly env: NodeJS.ProcessEnv;
    },
  ) {
    this.#process = fork(file, options.args ?? [], {
      execArgv: [...options.execArgv],
      env: options.env,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    });
    this.#process.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#stderr = (this.#stderr + text).slice(-2_000);
    });
    this.#ended = new Promise((_, reject) => {
      this.#process.once('exit', (code) => {
        reject(new Error(`The process of ${file} ended with status ${code}: ${this.#stderr || 'no output'}`));
      });
    });
    // Nobody waits for a process that is ended on purpose, so its rejection must not count as unhandled.
    this.#ended.catch(() => undefined);
  }

  /** The next message of the process. @throws if it ends first */
  next<Answer>(): Promise<Answer> {
    const message = new Promise<Answer>((resolve) => {
      this.#process.once('message', (answer) => resolve(answer as Answer));
    });
    return Promise.race([message, this.#ended]);
  }

  /** Send one message at a time. */
  ask<Answer>(message: Message): Promise<Answer> {
    const answer = this.next<Answer>();
    this.#process.send(message);
    return answer;
  }

  [Symbol.dispose](): void {
    // The process ends itself when it is disconnected.
    if (this.#process.connected) this.#process.disconnect();
  }
}
