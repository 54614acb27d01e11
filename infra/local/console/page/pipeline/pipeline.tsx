/**
 * Draws the pipeline, with live metrics on each part and the reconcile panel below the parts.
 */
import type { ComponentChildren } from 'preact';
import { useRef } from 'preact/hooks';
import type { Snapshot } from '../../protocol.ts';
import { compact, duration, rate, whole } from '../format.ts';
import { FlowEdges } from './flow-edges.tsx';
import './pipeline.css';
import { pipelineEdges } from './pipeline-edges.ts';
import { PipelinePart } from './pipeline-part.tsx';

export function Pipeline({ snapshot, children }: { snapshot: Snapshot; children?: ComponentChildren }) {
  const drawing = useRef<HTMLDivElement>(null);
  return (
    <div class="pipeline" ref={drawing}>
      <FlowEdges of={drawing} edges={pipelineEdges(snapshot)} />
      <ol class="parts">
        <SourceParts snapshot={snapshot} />
        <CountingParts snapshot={snapshot} />
        <li class="part part-reconcile" data-part="reconcile">
          {children}
        </li>
      </ol>
    </div>
  );
}

function SourceParts({ snapshot: { metrics, truth, faults } }: { snapshot: Snapshot }) {
  return (
    <>
      <PipelinePart
        part="favourites"
        title="Favourites"
        kind="DynamoDB table"
        lead={[rate(metrics.writtenRate), 'written/s']}
        metrics={[
          ['Marks', compact(metrics.marks)],
          ['Un-marks', compact(metrics.unmarks)],
          ['Rows', truth.favourites === undefined ? '–' : compact(truth.favourites)],
        ]}
        faults={faults}
      />
      <PipelinePart
        part="stream"
        title="Stream"
        kind="DynamoDB stream"
        lead={[duration(metrics.lagP50Ms), 'lag, p50']}
        metrics={[['Lag, p99', duration(metrics.lagP99Ms)]]}
        faults={faults}
      />
      <PipelinePart
        part="pipe"
        title="Pipe"
        kind="EventBridge Pipes"
        lead={[rate(metrics.batchFill), `of ${whole(metrics.batchSize)} a batch`]}
        metrics={[
          ['Invocations', compact(metrics.invocations)],
          ['Failed', compact(metrics.invocationsFailed), metrics.invocationsFailed > 0],
        ]}
        faults={faults}
      >
        <BatchMeter fill={metrics.batchFill} size={metrics.batchSize} />
      </PipelinePart>
    </>
  );
}

function CountingParts({ snapshot: { metrics, faults } }: { snapshot: Snapshot }) {
  return (
    <>
      <PipelinePart
        part="aggregator"
        title="Aggregator"
        kind="Lambda"
        lead={[rate(metrics.appliedRate), 'applied/s']}
        metrics={[
          ['Duration, p50', duration(metrics.durationP50Ms)],
          ['Stale, ignored', compact(metrics.stale)],
          ['Conflicts', compact(metrics.conflicts)],
          ['Retries', compact(metrics.retries)],
        ]}
        faults={faults}
      />
      <PipelinePart
        part="tables"
        title="Counts"
        kind="two tables, one transaction"
        lead={[rate(metrics.writeUnitsPerEvent), 'write units/event']}
        metrics={[['Requests/event', rate(metrics.requestsPerEvent)]]}
        faults={faults}
      >
        <dl class="part-tables">
          <TableWrites name="CountedFavourites" rows={metrics.favouritesChanged} what="changed" />
          <TableWrites name="AggregatedFavourites" rows={metrics.countRowsWritten} what="written" />
        </dl>
      </PipelinePart>
      <PipelinePart
        part="dead-letters"
        title="Dead letters"
        kind="SQS queue"
        lead={[whole(metrics.deadLetters), metrics.deadLetters === 1 ? 'letter' : 'letters']}
        metrics={[['Poison records', compact(metrics.poison), metrics.poison > 0]]}
        faults={faults}
      >
        <a class="part-link" href="#dead-letters">
          Show
        </a>
      </PipelinePart>
    </>
  );
}

function TableWrites({ name, rows, what }: { name: string; rows: number; what: string }) {
  return (
    <div>
      <dt>{name}</dt>
      <dd>
        {compact(rows)} <span>{what}</span>
      </dd>
    </div>
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
