/**
 * The flows between the parts of the pipeline, and where their lines meet the boxes when these are in a row
 * (wide) or stacked (narrow).
 */
import type { Snapshot } from '../../protocol.ts';
import type { Anchor } from './edge-route.ts';
import type { Edge } from './flow-edges.tsx';

const right: Anchor = { side: 'right', along: 0.5 };
const left: Anchor = { side: 'left', along: 0.5 };
const top: Anchor = { side: 'top', along: 0.5 };
const bottom: Anchor = { side: 'bottom', along: 0.5 };
const aligned = (side: Anchor['side']): Anchor => ({ side, along: 'align' });

const onwards = { wide: [right, aligned('left')], narrow: [bottom, top], kind: 'main' } as const;

export function pipelineEdges({ metrics, faults, reconcile }: Snapshot): readonly Edge[] {
  const isOn = (name: string): number => (faults.some((f) => f.name === name && f.probability > 0) ? 1 : 0);
  const runs = (state: string): number => (reconcile.states[state] === 'running' ? 1 : 0);
  const isComparing = runs('Verify') + runs('Mend') + runs('Audit');
  const isCorrecting = reconcile.mode === 'verify' ? 0 : runs('Mend') + runs('Audit');
  return [
    { ...onwards, from: 'favourites', to: 'stream', flow: metrics.writtenRate },
    { ...onwards, from: 'stream', to: 'pipe', flow: metrics.writtenRate },
    { ...onwards, from: 'pipe', to: 'aggregator', flow: metrics.appliedRate },
    { ...onwards, from: 'aggregator', to: 'tables', flow: metrics.appliedRate },
    {
      from: 'pipe',
      to: 'dead-letters',
      wide: [bottom, aligned('top')],
      narrow: [left, { side: 'left', along: 0.3 }],
      flow: metrics.writtenRate > 0 ? isOn('drop') : 0,
      kind: 'lost',
      label: 'given up',
    },
    {
      from: 'aggregator',
      to: 'dead-letters',
      wide: [bottom, aligned('top')],
      narrow: [left, { side: 'left', along: 0.7 }],
      flow: metrics.writtenRate > 0 ? isOn('poison') : 0,
      kind: 'lost',
      label: 'poison',
    },
    {
      from: 'dead-letters',
      to: 'reconcile',
      wide: [bottom, aligned('top')],
      narrow: [bottom, aligned('top')],
      flow: runs('Redrive'),
      kind: 'repair',
      label: 'redriven',
    },
    {
      from: 'favourites',
      to: 'reconcile',
      wide: [bottom, aligned('top')],
      narrow: [right, { side: 'right', along: 0.2 }],
      flow: isComparing,
      kind: 'repair',
      label: 'compared',
    },
    {
      from: 'reconcile',
      to: 'tables',
      wide: [aligned('top'), bottom],
      narrow: [{ side: 'top', along: 0.8 }, aligned('bottom')],
      flow: isCorrecting,
      kind: 'repair',
      label: 'corrected',
    },
  ];
}
