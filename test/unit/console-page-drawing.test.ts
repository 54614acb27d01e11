/**
 * The pure parts of the console page's drawings: lines between boxes, charts, sliders, the state machine's
 * stages.
 */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  areaPath,
  axisEnd,
  linePath,
  nearestPoint,
} from '../../infra/local/console/page/charts/chart-scale.ts';
import { nearestStep, probabilitySteps } from '../../infra/local/console/page/controls/probability-steps.ts';
import {
  endsOf,
  stagesOf,
  statesOfStages,
} from '../../infra/local/console/page/controls/reconcile-stages.ts';
import { routeEdge } from '../../infra/local/console/page/pipeline/edge-route.ts';
import type { ReconcileState } from '../../infra/local/console/protocol.ts';

const box = (left: number, top: number) => ({ left, top, width: 100, height: 60 });

describe('a line between two boxes', () => {
  it('is straight when both ends are aligned', () => {
    const route = routeEdge(
      { box: box(0, 0), side: 'right', along: 0.5 },
      { box: { left: 200, top: 0, width: 100, height: 300 }, side: 'left', along: 'align' },
    );

    expect(route).toEqual({ path: 'M100,30L200,30', labelAt: { x: 150, y: 30 }, isLabelUpright: false });
  });

  it('keeps away from the corner of a shorter box', () => {
    const route = routeEdge(
      { box: box(0, 0), side: 'bottom', along: 0 },
      { box: box(300, 200), side: 'top', along: 'align' },
    );

    expect(route.path).toMatch(/^M14,60L.*L314,200$/);
  });

  it('runs outside both boxes when it starts and ends on the same side', () => {
    const route = routeEdge(
      { box: box(20, 0), side: 'left', along: 0.5 },
      { box: box(40, 300), side: 'left', along: 0.5 },
    );

    expect(route.labelAt).toEqual({ x: 6, y: 180 });
    expect(route.isLabelUpright).toBe(true);
    expect(route.path).toMatch(/^M20,30L.*L40,330$/);
  });
});

describe('a chart', () => {
  const plot = { atMs: [0, 50, 100], fromMs: 0, toMs: 100, end: 10 };

  it.each([
    [[0, 3], 10, 10],
    [[120], 10, 200],
    [[250], 10, 250],
    [[251], 10, 500],
    [[999, undefined], 10, 1000],
    [[], 5, 5],
  ])('of the values %j, with an axis to at least %d, ends its axis at %d', (values, least, end) => {
    expect(axisEnd([values], least)).toBe(end);
  });

  it('draws a line through the known values', () => {
    expect(linePath([0, undefined, 10], plot, false)).toBe('M0 1L1 0');
    expect(linePath([0, 5, 10], plot, true)).toBe('M0 1H0.5V0.5H1V0');
    expect(areaPath([undefined, 5, 10], plot, false)).toBe('M0.5 0.5L1 0V1H0.5Z');
    expect(areaPath([undefined], plot, false)).toBe('');
  });

  it('leaves a gap in a line where values are missing for more than ten seconds', () => {
    const slow = { ...plot, atMs: [0, 5_000, 20_000], toMs: 20_000 };
    expect(linePath([0, 5, 10], slow, false)).toBe('M0 1L0.25 0.5M1 0');
    expect(areaPath([0, 5, 10], slow, false)).toBe('M0 1L0.25 0.5V1H0ZM1 0V1H1Z');
  });

  it('finds the point under the cursor', () => {
    expect(nearestPoint([0, 50, 100], 70)).toBe(1);
    expect(nearestPoint([], 70)).toBe(-1);
  });
});

describe('the slider of a probability', () => {
  it('finds the exact step of each probability that it offers, and the nearest step of any other', () => {
    expect(probabilitySteps.map(nearestStep)).toEqual(probabilitySteps.map((_, i) => i));
    expect(probabilitySteps[nearestStep(0.15)]).toBe(0.2);
    expect(nearestStep(0)).toBe(0);
  });
});

describe('the stages of a reconcile', () => {
  const after = (states: ReconcileState['states']): ReconcileState => ({ state: 'running', states });
  const statuses = (states: ReconcileState['states']) => stagesOf(after(states)).map(({ status }) => status);

  it('show states of the state machine', () => {
    const definition = readFileSync(
      join(import.meta.dirname, '../../state-machines/reconcile.asl.json'),
      'utf8',
    );
    const { States } = JSON.parse(definition) as { readonly States: Readonly<Record<string, unknown>> };

    expect(Object.keys(States)).toEqual(
      expect.arrayContaining([
        ...statesOfStages,
        ...['Reconciled', 'Release the lease', 'Failed', 'Failed to release', 'Busy'],
        'Leave it to the other run',
      ]),
    );
  });

  it('are shown as waiting, running or done', () => {
    expect(statuses({})).toEqual(Array(6).fill('waiting'));
    expect(statuses({ 'Ask for the lag': 'done', Plan: 'running' })).toEqual([
      ...['done', 'running'],
      ...Array<string>(4).fill('waiting'),
    ]);
  });

  it('are shown as skipped when a redrive does not run them', () => {
    expect(statuses({ Plan: 'done', Redrive: 'done', Report: 'running' })).toEqual([
      ...['left out', 'done', 'done', 'left out', 'left out', 'running'],
    ]);
  });

  it('show the two passes of heal, and the decision between them, as one', () => {
    const heal = (states: ReconcileState['states']) => statuses({ Redrive: 'done', ...states })[3];
    expect(heal({ Verify: 'running' })).toBe('running');
    expect(heal({ Verify: 'done', Decide: 'failed' })).toBe('failed');
    expect(heal({ Verify: 'done', Decide: 'done', Mend: 'running' })).toBe('running');
    expect(heal({ Verify: 'done', Decide: 'done', Audit: 'running' })).toBe('done');
  });

  it('end as failed, busy or reconciled', () => {
    expect(endsOf(after({ Verify: 'failed', 'Release the lease': 'done', Failed: 'running' }))).toEqual({
      reconciled: 'waiting',
      leaseReleased: 'done',
      failed: 'failed',
      isBusy: false,
    });
    expect(endsOf(after({ Plan: 'done', Busy: 'failed' }))).toMatchObject({ failed: 'failed', isBusy: true });
    expect(endsOf(after({ Report: 'done', Reconciled: 'done' }))).toMatchObject({
      reconciled: 'done',
      failed: 'waiting',
    });
  });
});
