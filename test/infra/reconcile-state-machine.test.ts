/** The state machine's definition: Step Functions accepts it, and every state can reach an end. */
import { describe, expect, it } from '@jest/globals';
import validate from 'asl-validator';
import { readDefinition } from '../support/reconcile-definition.ts';
import { type JsonObject, objectOf, valueAt } from '../support/synthesized-template.ts';

interface Machine {
  readonly startAt: string;
  readonly states: Readonly<Record<string, JsonObject>>;
}

function machineOf(definition: JsonObject): Machine {
  const states = Object.entries(objectOf(definition['States']));
  return {
    startAt: String(definition['StartAt']),
    states: Object.fromEntries(states.map(([name, state]) => [name, objectOf(state)])),
  };
}

/** The state machine itself, and the state machine inside each Map. */
function machinesOf(definition: JsonObject): readonly Machine[] {
  const machine = machineOf(definition);
  const inner = Object.values(machine.states).flatMap((state) =>
    state['ItemProcessor'] === undefined ? [] : machinesOf(objectOf(state['ItemProcessor'])),
  );
  return [machine, ...inner];
}

const listOf = (value: unknown): readonly JsonObject[] =>
  Array.isArray(value) ? value.map((item) => objectOf(item)) : [];

/** The states that can follow a state; the list is empty when the state ends the machine. */
function nextOf(state: JsonObject): readonly string[] {
  const rules = [state, ...listOf(state['Choices']), ...listOf(state['Catch'])];
  return [...rules.map(({ Next: next }) => next), state['Default']].filter(
    (name) => typeof name === 'string',
  );
}

function isEnd(state: JsonObject): boolean {
  return state['End'] === true || state['Type'] === 'Succeed' || state['Type'] === 'Fail';
}

/** Names of all states reachable from a state, including that state. */
function reachable({ states }: Machine, from: string): ReadonlySet<string> {
  const found = new Set<string>();
  const visit = (name: string): void => {
    if (found.has(name)) return;
    found.add(name);
    for (const next of nextOf(objectOf(states[name]))) visit(next);
  };
  visit(from);
  return found;
}

const definition = readDefinition();
const machines = machinesOf(definition);
const [main] = machines;
const named = machines.flatMap(({ states }) => Object.entries(states));
const ofType = (type: string) => named.filter(([, state]) => state['Type'] === type);
/**
 * The transient errors, grouped by their source. No other transient error can reach the state machine.
 */
const transientErrors = {
  // The Lambda service (Step Functions guide, "Handle transient Lambda service exceptions").
  'Lambda.ServiceException': 'invoke',
  'Lambda.AWSLambdaException': 'invoke',
  'Lambda.SdkClientException': 'invoke',
  'Lambda.ClientExecutionTimeoutException': 'invoke',
  'Lambda.TooManyRequestsException': 'invoke',
  // A function that ran out of time or memory, which has several names, and the timeout of the task.
  'Lambda.Unknown': 'invoke',
  'Sandbox.Timedout': 'invoke',
  'Runtime.ExitError': 'invoke',
  'States.Timeout': 'the task',
  // The SDK throws these after its own retries, from DescribeTable, the lease or the dead-letter queue.
  ProvisionedThroughputExceededException: 'plan, report',
  RequestLimitExceeded: 'plan, report',
  ThrottlingException: 'plan, report, redrive',
  RequestThrottled: 'redrive',
  InternalServerError: 'plan, report',
  ServiceUnavailable: 'plan, report, redrive',
  TimeoutError: 'plan, report, redrive',
  // Errors of this project.
  TableReadError: 'heal, audit',
};
/**
 * The longest timeout of a step (infra/settings-validation.ts); a task must wait longer than its function.
 */
const functionSecondsMax = 300;

describe('the state machine of the reconcile', () => {
  it('passes the validator of Amazon States Language', () => {
    const { isValid, errorsText } = validate(readDefinition());
    expect(isValid ? '' : errorsText('\n')).toBe('');
  });

  it('can reach every state, and an end from every state', () => {
    expect(machines).toHaveLength(5);
    for (const machine of machines) {
      const all = Object.keys(machine.states);
      expect([...reachable(machine, machine.startAt)].toSorted()).toEqual(all.toSorted());
      for (const name of all) {
        const ends = [...reachable(machine, name)].filter((next) => isEnd(objectOf(machine.states[next])));
        expect([name, ends.length > 0]).toEqual([name, true]);
      }
    }
  });

  it.each(ofType('Task'))(
    'retries %s with exponential backoff and jitter, and catches every other error',
    (_, task) => {
      for (const retrier of listOf(task['Retry'])) {
        expect(retrier).toMatchObject({ JitterStrategy: 'FULL', BackoffRate: 2 });
        expect(Number(retrier['MaxAttempts'])).toBeGreaterThan(1);
        expect(Number(retrier['MaxDelaySeconds'])).toBeLessThanOrEqual(60);
      }
      expect(listOf(task['Retry'])).toHaveLength(1);
      expect(listOf(task['Catch']).map(({ ErrorEquals: errors }) => errors)).toEqual([['States.ALL']]);
    },
  );

  it.each(ofType('Task').filter(([, { Resource }]) => Resource === 'arn:aws:states:::lambda:invoke'))(
    'retries %s only after transient errors, with a task timeout longer than the function timeout',
    (_, task) => {
      const errors = listOf(task['Retry']).flatMap(({ ErrorEquals: names }) => names);
      expect(errors).toEqual(Object.keys(transientErrors));
      for (const everything of [
        'States.ALL',
        'States.TaskFailed',
        'DriftRemains',
        'TooMuchDrift',
        'SourceChanged',
      ]) {
        expect(errors).not.toContain(everything);
      }
      expect(Number(task['TimeoutSeconds'])).toBeGreaterThan(functionSecondsMax);
    },
  );

  it('releases the lease on every path from a stage to a failure', () => {
    const fails = new Set(ofType('Fail').map(([name]) => name));
    for (const [name, state] of Object.entries(main?.states ?? {})) {
      const targets = listOf(state['Catch']).map(({ Next: next }) => next);
      if (name === 'Ask for the lag') expect(targets).toEqual(['Plan']);
      else if (name === 'Ask for the lag again') expect(targets).toEqual(['Decide by the digests']);
      else if (name === 'Release the lease') expect(targets).toEqual(['Failed to release']);
      else expect(targets).toEqual(targets.map(() => 'Release the lease'));
      // A run that ends in Busy holds no lease.
      const straight = nextOf(state).filter((next) => fails.has(next));
      const allowed = { 'Planned?': ['Busy'], 'Release the lease': ['Failed', 'Failed to release'] };
      expect([name, straight.toSorted()]).toEqual([name, valueAt(allowed, [name]) ?? []]);
    }
    for (const [, map] of ofType('Map')) expect(listOf(map['Catch'])).toHaveLength(1);
  });

  it('fails with an error and a cause', () => {
    for (const [, fail] of ofType('Fail')) {
      expect(fail['Error'] ?? fail['ErrorPath']).toMatch(/\w/);
      expect(fail['CausePath']).toMatch(/^\$\./);
    }
  });

  it('runs each segment as its own execution, with as many at once as the setting allows', () => {
    expect(ofType('Map').map(([name]) => name)).toEqual(['Sum', 'Verify', 'Mend', 'Audit']);
    for (const [, map] of ofType('Map')) {
      expect(map).toMatchObject({
        MaxConcurrencyPath: '$.concurrency',
        ItemProcessor: { ProcessorConfig: { Mode: 'DISTRIBUTED', ExecutionType: 'STANDARD' } },
      });
    }
  });

  it('retries every function after the same errors', () => {
    const retries = ofType('Task')
      .filter(([, { Resource }]) => Resource === 'arn:aws:states:::lambda:invoke')
      .map(([, task]) => task['Retry']);
    expect(retries).toHaveLength(11);
    for (const retry of retries) expect(retry).toEqual(retries[0]);
  });

  it('passes the first step of a stage only its run and work, so that its totals start at zero', () => {
    expect(valueAt(main?.states['Begin redrive'], ['Parameters', 'redrive'])).toEqual({ 'run.$': '$.run' });
    const passes: Readonly<Record<string, string>> = { Verify: 'verify', Mend: 'mend' };
    for (const [name, map] of ofType('Map')) {
      expect(map['ItemSelector']).toEqual({
        'run.$': '$.run',
        'work.$': '$$.Map.Item.Value',
        ...(name !== 'Audit' && { 'digest.$': '$.compared.digest' }),
        ...(passes[name] !== undefined && { pass: passes[name] }),
      });
    }
  });

  it('mends nothing before decide has answered', () => {
    expect(main?.states['Verify']).toMatchObject({ Next: 'Decide', ResultPath: '$.verified' });
    expect(main?.states['Decide']).toMatchObject({ Next: 'Mend?', ResultPath: '$.verified' });
    expect(main?.states['Mend']).toMatchObject({ ItemsPath: '$.verified.mend' });
    for (const [name, state] of Object.entries(main?.states ?? {})) {
      expect([name, nextOf(state).includes('Mend')]).toEqual([name, name === 'Mend?']);
    }
  });

  it('waits only for the pipe and in heal, for as long as a function asks, and then goes back', () => {
    expect(ofType('Wait')).toEqual([
      [
        'Wait for the pipe',
        expect.objectContaining({
          SecondsPath: '$.compared.waitSeconds',
          Next: 'Ask for the lag again',
        }),
      ],
      [
        'Wait for the grace period',
        expect.objectContaining({ SecondsPath: '$.waitSeconds', Next: 'Verify a step' }),
      ],
      [
        'Wait for the grace period again',
        expect.objectContaining({ SecondsPath: '$.waitSeconds', Next: 'Mend a step' }),
      ],
    ]);
  });
});
