/** The pipeline drawn as it is, with live figures on each part. What stands below it (the reconcile) is its child. */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Snapshot } from '../../protocol.ts';
import { compact, duration, rate, whole } from '../format.ts';
import { faultsAt } from './fault-places.ts';
import { FlowEdges } from './flow-edges.tsx';
import './pipeline.css';
import { pipelineEdges } from './pipeline-edges.ts';
import { PipelinePart } from './pipeline-part.tsx';

export function Pipeline({ snapshot, children }: { snapshot: Snapshot; children?: ComponentChildren }) {
  const drawing = useRef<HTMLDivElement>(null);
  const { figures, truth, faults } = snapshot;
  return (
    <div class="pipeline" ref={drawing}>
      <FlowEdges of={drawing} edges={pipelineEdges(snapshot)} />
      <ol class="parts">
        <PipelinePart
          part="favourites"
          title="Favourites"
          kind="DynamoDB table"
          lead={{ value: rate(figures.writtenRate), unit: 'written/s' }}
          figures={[
            { label: 'Marks', value: compact(figures.marks) },
            { label: 'Un-marks', value: compact(figures.unmarks) },
            {
              label: 'Rows',
              value: truth.favourites === undefined ? '–' : compact(truth.favourites),
            },
          ]}
        />
        <PipelinePart
          part="stream"
          title="Stream"
          kind="DynamoDB stream"
          lead={{ value: duration(figures.lagP50Ms), unit: 'lag, p50' }}
          figures={[{ label: 'Lag, p99', value: duration(figures.lagP99Ms) }]}
          faults={faultsAt('stream', faults)}
        />
        <PipelinePart
          part="pipe"
          title="Pipe"
          kind="EventBridge Pipes"
          lead={{ value: rate(figures.batchFill), unit: `of ${whole(figures.batchSize)} a batch` }}
          figures={[
            { label: 'Invocations', value: compact(figures.invocations) },
            {
              label: 'Failed',
              value: compact(figures.invocationsFailed),
              isWarning: figures.invocationsFailed > 0,
            },
          ]}
          faults={faultsAt('pipe', faults)}
        >
          <BatchMeter fill={figures.batchFill} size={figures.batchSize} />
        </PipelinePart>
        <PipelinePart
          part="aggregator"
          title="Aggregator"
          kind="Lambda"
          lead={{ value: rate(figures.appliedRate), unit: 'applied/s' }}
          figures={[
            { label: 'Duration, p50', value: duration(figures.durationP50Ms) },
            { label: 'Stale, ignored', value: compact(figures.stale) },
            { label: 'Conflicts', value: compact(figures.conflicts) },
            { label: 'Retries', value: compact(figures.retries) },
          ]}
          faults={faultsAt('aggregator', faults)}
        />
        <CountTables snapshot={snapshot} />
        <PipelinePart
          part="dead-letters"
          title="Dead letters"
          kind="SQS queue"
          lead={{
            value: whole(figures.deadLetters),
            unit: figures.deadLetters === 1 ? 'letter' : 'letters',
          }}
          figures={[
            { label: 'Poison records', value: compact(figures.poison), isWarning: figures.poison > 0 },
          ]}
        >
          <a class="part-link" href="#dead-letters">
            Show
          </a>
        </PipelinePart>
        <li class="part part-reconcile" data-part="reconcile">
          {children}
        </li>
      </ol>
    </div>
  );
}

/** The two tables that one transaction writes. */
function CountTables({ snapshot: { figures, faults } }: { snapshot: Snapshot }) {
  return (
    <PipelinePart
      part="tables"
      title="Counts"
      kind="two tables, one transaction"
      lead={{ value: rate(figures.writeUnitsPerEvent), unit: 'write units/event' }}
      figures={[{ label: 'Requests/event', value: rate(figures.requestsPerEvent) }]}
      faults={faultsAt('tables', faults)}
    >
      <dl class="part-tables">
        <div>
          <dt>CountedFavourites</dt>
          <dd>
            {compact(figures.favouritesChanged)} <span>changed</span>
          </dd>
        </div>
        <div>
          <dt>AggregatedFavourites</dt>
          <dd>
            {compact(figures.countRowsWritten)} <span>written</span>
          </dd>
        </div>
      </dl>
    </PipelinePart>
  );
}

function BatchMeter({ fill, size }: { fill: number; size: number }) {
  return (
    <svg class="batch-meter" viewBox="0 0 100 4" preserveAspectRatio="none" aria-hidden="true">
      <rect class="batch-all" width="100" height="4" />
      <rect class="batch-fill" width={size > 0 ? Math.min(100, (fill / size) * 100) : 0} height="4" />
    </svg>
  );
}
