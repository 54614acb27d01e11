/**
 * The faults of a run, their probabilities, and how often each has occurred. Each fault draws its random
 * numbers from its own stream, so that adding a fault does not change the others.
 */
import { hash32, seededRandom } from '../random.ts';

/** In the order of help texts and reports. */
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
  /** Decides at random whether to inject the fault. Draws no random number while the probability is 0. */
  roll(name: FaultName): boolean;
  /** A random number in [0, 1) from the fault's own stream, for the details of the fault. */
  random(name: FaultName): number;
  /** Counts the fault. Call it once for each fault that really occurred. */
  happened(name: FaultName): void;
  readonly counts: Readonly<Record<FaultName, number>>;
  readonly probabilities: Readonly<Record<FaultName, number>>;
  /** Changes a probability (0..1) during the run. */
  set(name: FaultName, probability: number): void;
}

/**
 * Parses `duplicate=0.2,lost-answer=0.1`. An empty string means no faults.
 * @throws a one-line error that says which part is wrong and what was expected
 */
export function parseFaultSpec(text: string): FaultProbabilities {
  const probabilities: Partial<Record<FaultName, number>> = {};
  if (text.trim() === '') return probabilities;
  for (const part of text.split(',')) {
    const [name = '', value, ...rest] = part.split('=').map((piece) => piece.trim());
    if (!isFaultName(name)) {
      throw new Error(
        `Unknown fault "${name}": expected one of ${faultNames.join(', ')}, as in duplicate=0.2`,
      );
    }
    if (Object.hasOwn(probabilities, name)) throw new Error(`Fault "${name}" is given twice: give it once`);
    if (
      value === undefined ||
      rest.length > 0 ||
      !/^(?:\d+(?:\.\d*)?|\.\d+)$/.test(value) ||
      Number(value) > 1
    ) {
      throw new Error(`Fault "${part.trim()}": expected a probability from 0 to 1, as in ${name}=0.2`);
    }
    probabilities[name] = Number(value);
  }
  return probabilities;
}

/** With the same probabilities and seed, each fault gets the same decisions. */
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
