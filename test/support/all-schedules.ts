/**
 * Runs an asynchronous program under every schedule of its pauses and every outcome of its choices. The
 * search is stateless: each run replays the program from the start with the next untried list of choices.
 */
export interface Schedule {
  /** Resolves when the schedule continues this caller. */
  pause(): Promise<void>;
  /** Returns one of 0 to `options` − 1. */
  choose(options: number): number;
}

/**
 * @returns the number of runs. @throws the error of a failed run, with its choices, or when there are more
 * than `runsMax` runs.
 */
export async function underAllSchedules(
  program: (schedule: Schedule) => Promise<void>,
  { runsMax }: { readonly runsMax: number },
): Promise<number> {
  let choices: { taken: number; readonly options: number }[] = [];
  for (let runs = 1; ; runs += 1) {
    if (runs > runsMax) throw new Error(`more than ${runsMax} schedules: make the program smaller`);
    let step = 0;
    const choose = (options: number): number => {
      if (options <= 1) return 0;
      const choice = (choices[step] ??= { taken: 0, options });
      if (choice.options !== options) throw new Error('the program is not deterministic');
      step += 1;
      return choice.taken;
    };
    try {
      await runOnce(program, choose);
    } catch (cause) {
      throw new Error(`after the choices ${choices.map(({ taken }) => taken).join(' ')}: ${String(cause)}`, {
        cause,
      });
    }
    choices = choices.slice(0, step);
    while (choices.length > 0 && last(choices).taken + 1 === last(choices).options) choices.pop();
    if (choices.length === 0) return runs;
    last(choices).taken += 1;
  }
}

/** More steps than any program here takes, so that an endless program fails. */
const STEPS_MAX = 10_000;

async function runOnce(
  program: (schedule: Schedule) => Promise<void>,
  choose: (options: number) => number,
): Promise<void> {
  const waiting: (() => void)[] = [];
  let ended: { readonly error?: unknown } | undefined;
  const pause = () => new Promise<void>((resolve) => waiting.push(resolve));
  program({ pause, choose }).then(
    () => {
      ended = {};
    },
    (error: unknown) => {
      ended = { error };
    },
  );
  for (let step = 0; step < STEPS_MAX; step += 1) {
    // Everything that does not wait for the schedule runs first.
    await new Promise<void>((resolve) => setImmediate(resolve));
    if (ended !== undefined) {
      if ('error' in ended) throw ended.error;
      return;
    }
    const [next] = waiting.splice(choose(waiting.length), 1);
    if (next === undefined) throw new Error('the program waits for something outside the schedule');
    next();
  }
  throw new Error(`the program did not end within ${STEPS_MAX} steps`);
}

function last<T>(items: readonly T[]): T {
  return items[items.length - 1] as T;
}
