import { isObject, type JsonObject } from '../json.ts';

/** What the resolved template says of its AWS::StepFunctions::StateMachine. */
export interface StateMachineSettings {
  readonly name: string;
  readonly arn: string;
  /** Amazon States Language, its substitutions made. */
  readonly definition: JsonObject;
}

export interface State {
  readonly name: string;
  readonly definition: JsonObject;
  /** Inside a Map that runs each item as an execution of its own. */
  readonly isInChild: boolean;
}

/** The states of a definition, those inside Map and Parallel states too. */
export function statesOf(machine: JsonObject, isInChild = false): readonly State[] {
  const states = isObject(machine['States']) ? machine['States'] : {};
  return Object.entries(states).flatMap(([name, definition]) =>
    isObject(definition) ? [{ name, definition, isInChild }, ...innerStatesOf(definition, isInChild)] : [],
  );
}

function innerStatesOf(definition: JsonObject, isInChild: boolean): readonly State[] {
  const { ItemProcessor: processor, Branches: branches } = definition;
  if (isObject(processor)) {
    const mode = isObject(processor['ProcessorConfig']) ? processor['ProcessorConfig']['Mode'] : 'INLINE';
    return statesOf(processor, isInChild || mode === 'DISTRIBUTED');
  }
  if (!Array.isArray(branches)) return [];
  return branches.filter(isObject).flatMap((branch) => statesOf(branch, isInChild));
}
