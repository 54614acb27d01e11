/**
 * Which faults a run has, how often, and how often each really occurred. Every fault draws random numbers
 * from a stream of its own, so that adding one leaves the others as they were.
 */
import { hash32, seededRandom } from '../random.ts';

/** In the order in which help texts and reports list them. */
export const faultNames = [
  'duplicate',
  'lost-answer',
  'throttle',
  'conflict',
  'crash',
  'reorder',
  'poison',
  'drop',
  'vanish',
] as const;

export type FaultName = (typeof faultNames)[number];

export type FaultProbabilities = Readonly<Partial<Record<FaultName, number>>>;

export interface FaultPlan {
  /** Whether the fault is to be injected here. Draws nothing while its probability is 0. */
  roll(name: FaultName): boolean;
  /** In [0, 1), from the stream of that fault, for its details. */
  random(name: FaultName): number;
  /** The injector calls it once when the fault has really occurred. */
  happened(name: FaultName): void;
  readonly counts: Readonly<Record<FaultName, number>>;
  readonly probabilities: Readonly<Record<FaultName, number>>;
  /** Changes a probability (0..1) while running. */
  set(name: FaultName, probability: number): void;
}

/**
 * Reads `duplicate=0.2,lost-answer=0.1`. An empty text is a plan without faults.
 * @throws a one-line error that names the part that is wrong and what was expected
 */
export function parseFaultSpec(text: string): FaultProbabilities {
  const probabilities: Partial<Record<FaultName, number>> = {};
  if (text.trim() === '') return probabilities;
  for (const part of text.split(',')) {
    const [name = '', value, ...rest] = part.split('=').map((piece) => piece.trim());
    if (!isFaultName(name)) {
      throw new Error(
        `Unknown fault "${name}" in --faults: expected one of ${faultNames.join(', ')}, as in duplicate=0.2`,
      );
    }
    if (Object.hasOwn(probabilities, name))
      throw new Error(`Fault "${name}" is given twice in --faults: give it once`);
    if (
      value === undefined ||
      rest.length > 0 ||
      !/^(?:\d+(?:\.\d*)?|\.\d+)$/.test(value) ||
      Number(value) > 1
    ) {
      throw new Error(
        `Fault "${part.trim()}" in --faults: expected a probability from 0 to 1, as in ${name}=0.2`,
      );
    }
    probabilities[name] = Number(value);
  }
  return probabilities;
}

/** Same probabilities and seed: the same rolls, fault by fault. */
export function createFaultPlan(options: {
  readonly probabilities: FaultProbabilities;
  readonly seed: number;
}): FaultPlan {
  const probabilities = byFault((name) => options.probabilities[name] ?? 0);
  const counts = byFault(() => 0);
  const streams = byFault((name) => seededRandom(hash32(`${name}:${options.seed}`)));
  return {
    roll: (name) => probabilities[name] > 0 && streams[name]() < probabilities[name],
    random: (name) => streams[name](),
    happened: (name) => {
      counts[name] += 1;
    },
    counts,
    probabilities,
    set: (name, probability) => {
      if (!(probability >= 0 && probability <= 1)) {
        throw new Error(`Fault "${name}": expected a probability from 0 to 1, got ${probability}`);
      }
      probabilities[name] = probability;
    },
  };
}

function isFaultName(name: string): name is FaultName {
  return (faultNames as readonly string[]).includes(name);
}

function byFault<T>(of: (name: FaultName) => T): Record<FaultName, T> {
  return Object.fromEntries(faultNames.map((name) => [name, of(name)])) as Record<FaultName, T>;
}
