import { isObject, type JsonObject } from '../json.ts';

/** The properties of AWS::StepFunctions::StateMachine in the template. */
export interface StateMachineSettings {
  readonly name: string;
  readonly arn: string;
  /** In Amazon States Language, with the substitutions applied. */
  readonly definition: JsonObject;
}

export interface State {
  readonly name: string;
  readonly definition: JsonObject;
  /** Whether the state is inside a Map that runs each item in a child execution. */
  readonly isInChild: boolean;
}

/** All states of a definition, including those inside Map and Parallel states. */
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
