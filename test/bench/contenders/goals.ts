/** The goals: ours beside the others. Each is a ratio of two things measured in one run, or a count. */
import { type BenchResults, lineOf } from './results.ts';
import type { Measured } from './scenario.ts';

export interface Comparison {
  readonly text: string;
  readonly value: string;
  readonly goal: string;
  readonly isMet: boolean;
}

const main = { load: 'trace/1000', delayMs: 5 } as const;

export function comparisons(results: BenchResults): readonly Comparison[] {
  return [...besideOthers(results), ...wrongCountGoals(results), ...ordinaryDayGoals(results)];
}

function besideOthers(results: BenchResults): readonly Comparison[] {
  const of = (contender: string): Measured | undefined => lineOf(results, { contender, ...main });
  const [ours, a, b, c] = [of('d-ours'), of('a-add'), of('b-net-deltas'), of('c-idempotency')];
  if (ours === undefined) return [];
  const where = `${main.load}, ${main.delayMs} ms`;
  const speed = (name: string, other: Measured, goal: number): Comparison =>
    atLeast(
      `${where}: events a second, ours / (${name})`,
      ours.eventsPerSecond / other.eventsPerSecond,
      goal,
    );
  const share = (
    name: string,
    what: 'cpuMsPer100Events' | 'requestsPerEvent',
    other: Measured,
    goal: number,
  ) =>
    atMostShare(
      `${where}: ${what === 'cpuMsPer100Events' ? 'client CPU' : 'requests'}, ours / (${name})`,
      ours[what] / other[what],
      goal,
    );
  return [
    ...(a
      ? [speed('a', a, 4), share('a', 'cpuMsPer100Events', a, 20), share('a', 'requestsPerEvent', a, 40)]
      : []),
    ...(c
      ? [speed('c', c, 6), share('c', 'cpuMsPer100Events', c, 40), share('c', 'requestsPerEvent', c, 100)]
      : []),
    ...(b
      ? [
          speed('b', b, 0.75),
          atMost(
            `${where}: write units an event by AWS’s rules, ours − (b)`,
            ours.writeUnitsPerEventAws - b.writeUnitsPerEventAws,
            2,
          ),
        ]
      : []),
  ];
}

function wrongCountGoals({ lines }: BenchResults): readonly Comparison[] {
  const ours = lines.filter(({ contender }) => contender.startsWith('d-'));
  if (ours.length === 0) return [];
  const wrong = ours.reduce((sum, line) => sum + line.wrongCounts, 0);
  return [atMost('wrong counts of ours, all scenarios together', wrong, 0)];
}

function ordinaryDayGoals({ ordinaryDay }: BenchResults): readonly Comparison[] {
  const ours = ordinaryDay.find(({ contender }) => contender === 'd-ours-top100');
  if (ours === undefined) return [];
  const units = ours.writeUnitsPerEventAws;
  return [
    atMost('Zipf in batches of 80, an ordinary day: units an event, ours with the top 100 ranked', units, 9),
  ];
}

function atLeast(text: string, value: number, goal: number): Comparison {
  return { text, value: value.toFixed(2), goal: `at least ${goal}`, isMet: value >= goal };
}

function atMost(text: string, value: number, goal: number): Comparison {
  return { text, value: value.toFixed(2), goal: `at most ${goal}`, isMet: value <= goal };
}

function atMostShare(text: string, value: number, goal: number): Comparison {
  return { text, value: `1/${(1 / value).toFixed(1)}`, goal: `at most 1/${goal}`, isMet: value <= 1 / goal };
}
