/** The switch of each fault: its description, and the probability that it sets. */
import { type FaultName, faultNames, type FaultPlan } from '../emulator/faults/fault-plan.ts';
import type { FaultState } from './protocol.ts';

/** The probabilities have a visible effect within seconds, but the pipe can keep up. */
const switches: Readonly<Record<FaultName, Pick<FaultState, 'description' | 'onProbability'>>> = {
  duplicate: { onProbability: 0.2, description: 'Records are delivered again, in other batches.' },
  'lost-answer': {
    onProbability: 0.1,
    description: 'A transaction commits, but its response is lost, sometimes for every retry.',
  },
  throttle: { onProbability: 0.1, description: 'DynamoDB throttles a request.' },
  conflict: { onProbability: 0.1, description: 'A transaction conflicts with another one.' },
  crash: { onProbability: 0.05, description: 'The invocation crashes halfway.' },
  reorder: { onProbability: 0.2, description: 'Some records arrive after newer ones.' },
  poison: {
    onProbability: 0.01,
    description: 'Malformed records appear in the stream and go to the dead-letter queue.',
  },
  drop: {
    onProbability: 0.05,
    description: 'The pipe gives up on records; a redrive of the dead letters brings them back.',
  },
  vanish: {
    onProbability: 0.05,
    description: 'Records are lost silently; only a reconcile finds them.',
  },
};

export function faultStates(faults: FaultPlan): readonly FaultState[] {
  return faultNames.map((name) => ({
    name,
    ...switches[name],
    probability: faults.probabilities[name],
    count: faults.counts[name],
  }));
}

export function setFaults(
  faults: FaultPlan,
  { name, probability }: { readonly name: FaultName | 'all'; readonly probability: number },
): void {
  for (const each of name === 'all' ? faultNames : [name]) faults.set(each, probability);
}
