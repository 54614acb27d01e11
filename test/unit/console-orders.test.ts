import { describe, expect, it } from '@jest/globals';
import * as fc from 'fast-check';
import { faultStates, setFaults } from '../../infra/local/console/fault-switches.ts';
import { orderNames, parseOrder } from '../../infra/local/console/orders.ts';
import { ProblemError } from '../../infra/local/console/problem.ts';
import { createFaultPlan, faultNames } from '../../infra/local/emulator/faults/fault-plan.ts';

describe('a request of the console page', () => {
  it.each([
    ['faults', '{"name":"vanish","probability":0.05}', { name: 'vanish', probability: 0.05 }],
    ['faults', '{"name":"all","probability":0}', { name: 'all', probability: 0 }],
    ['load', '{"rate":1000,"skew":2}', { rate: 1000, skew: 2 }],
    ['recount', '', {}],
    ['recount', '{}', {}],
    ['reconcile', '{"mode":"redrive"}', { mode: 'redrive' }],
  ] as const)('%s accepts %s', (name, text, body) => {
    expect(parseOrder(name, text)).toEqual({ name, body });
  });

  it.each([
    ['faults', '', 'Expected name to be one of all, duplicate, '],
    ['faults', '{"name":"gremlin","probability":0}', 'Expected name to be one of all, duplicate, '],
    ['faults', '{"name":"drop","probability":1.01}', 'Expected probability to be a number from 0 to 1'],
    ['faults', '{"name":"drop","probability":"1"}', 'Expected probability to be a number from 0 to 1'],
    ['load', '{"rate":-1,"skew":1}', 'Expected rate to be a number from 0 to 1000'],
    ['load', '{"rate":1e400,"skew":1}', 'Expected rate to be a number from 0 to 1000'],
    ['load', '{"rate":1}', 'Expected skew to be a number from 0 to 2'],
    ['load', '{"rate":1,"skew":1,"speed":2}', 'Expected only rate and skew'],
    ['recount', '{"now":true}', 'Expected an empty object'],
    ['recount', '[]', 'Expected a JSON object as the body'],
    ['reconcile', '{"mode":"seed"}', 'Expected mode to be one of repair, verify, redrive'],
    ['reconcile', '{mode:repair}', 'Expected a JSON object as the body'],
  ] as const)('%s refuses %s', (name, text, message) => {
    expect(() => parseOrder(name, text)).toThrow(message);
  });

  it('is always accepted or rejected with 400, for any body', () => {
    const bodies = fc.oneof(fc.string(), fc.json());
    fc.assert(
      fc.property(fc.constantFrom(...orderNames), bodies, (name, body) => {
        try {
          parseOrder(name, body);
        } catch (error) {
          expect(error).toBeInstanceOf(ProblemError);
          expect((error as ProblemError).status).toBe(400);
        }
      }),
    );
  });
});

describe('the fault switches', () => {
  it('exist for every fault, each with a description and a probability', () => {
    const plan = createFaultPlan({ probabilities: { crash: 0.5 }, seed: 1 });
    plan.happened('crash');
    const states = faultStates(plan);
    expect(states.map(({ name }) => name)).toEqual(faultNames);
    expect(states.find(({ name }) => name === 'crash')).toMatchObject({ probability: 0.5, count: 1 });
    for (const { description, onProbability } of states) {
      expect(description).toMatch(/^[A-Z].*\.$/);
      expect(onProbability).toBeGreaterThan(0);
    }
  });

  it('turn one fault on, and all faults off', () => {
    const plan = createFaultPlan({ probabilities: { crash: 0.5 }, seed: 1 });
    setFaults(plan, { name: 'vanish', probability: 1 });
    expect(plan.roll('vanish')).toBe(true);
    setFaults(plan, { name: 'all', probability: 0 });
    expect(faultNames.filter((name) => plan.roll(name))).toEqual([]);
  });
});
