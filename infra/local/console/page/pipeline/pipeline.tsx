/** The pipeline drawn as it is, with live metrics on each part. What stands below it (the reconcile) is its child. */
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
  const { metrics, truth, faults } = snapshot;
  return (
    <div class="pipeline" ref={drawing}>
      <FlowEdges of={drawing} edges={pipelineEdges(snapshot)} />
      <ol class="parts">
        <PipelinePart
          part="favourites"
          title="Favourites"
          kind="DynamoDB table"
          lead={{ value: rate(metrics.writtenRate), unit: 'written/s' }}
          metrics={[
            { label: 'Marks', value: compact(metrics.marks) },
            { label: 'Un-marks', value: compact(metrics.unmarks) },
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
          lead={{ value: duration(metrics.lagP50Ms), unit: 'lag, p50' }}
          metrics={[{ label: 'Lag, p99', value: duration(metrics.lagP99Ms) }]}
          faults={faultsAt('stream', faults)}
        />
        <PipelinePart
          part="pipe"
          title="Pipe"
          kind="EventBridge Pipes"
          lead={{ value: rate(metrics.batchFill), unit: `of ${whole(metrics.batchSize)} a batch` }}
          metrics={[
            { label: 'Invocations', value: compact(metrics.invocations) },
            {
              label: 'Failed',
              value: compact(metrics.invocationsFailed),
              isWarning: metrics.invocationsFailed > 0,
            },
          ]}
          faults={faultsAt('pipe', faults)}
        >
          <BatchMeter fill={metrics.batchFill} size={metrics.batchSize} />
        </PipelinePart>
        <PipelinePart
          part="aggregator"
          title="Aggregator"
          kind="Lambda"
          lead={{ value: rate(metrics.appliedRate), unit: 'applied/s' }}
          metrics={[
            { label: 'Duration, p50', value: duration(metrics.durationP50Ms) },
            { label: 'Stale, ignored', value: compact(metrics.stale) },
            { label: 'Conflicts', value: compact(metrics.conflicts) },
            { label: 'Retries', value: compact(metrics.retries) },
          ]}
          faults={faultsAt('aggregator', faults)}
        />
        <CountTables snapshot={snapshot} />
        <PipelinePart
          part="dead-letters"
          title="Dead letters"
          kind="SQS queue"
          lead={{
            value: whole(metrics.deadLetters),
            unit: metrics.deadLetters === 1 ? 'letter' : 'letters',
          }}
          metrics={[
            { label: 'Poison records', value: compact(metrics.poison), isWarning: metrics.poison > 0 },
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
function CountTables({ snapshot: { metrics, faults } }: { snapshot: Snapshot }) {
  return (
    <PipelinePart
      part="tables"
      title="Counts"
      kind="two tables, one transaction"
      lead={{ value: rate(metrics.writeUnitsPerEvent), unit: 'write units/event' }}
      metrics={[{ label: 'Requests/event', value: rate(metrics.requestsPerEvent) }]}
      faults={faultsAt('tables', faults)}
    >
      <dl class="part-tables">
        <div>
          <dt>CountedFavourites</dt>
          <dd>
            {compact(metrics.favouritesChanged)} <span>changed</span>
          </dd>
        </div>
        <div>
          <dt>AggregatedFavourites</dt>
          <dd>
            {compact(metrics.countRowsWritten)} <span>written</span>
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
