/** One box of the drawing: what it is, its metrics, and what is said beside it. */
import type { ComponentChildren } from 'preact';
import type { FaultState } from '../../protocol.ts';
import { percent } from '../format.ts';

/** More of them say their names only: the faults' own panel has the rest. */
const SIGNS_IN_FULL = 2;

export interface PartMetric {
  readonly label: string;
  readonly value: string;
  /** Something that a person should look at. */
  readonly isWarning?: boolean;
}

export function PipelinePart(o: {
  part: string;
  title: string;
  kind: string;
  lead?: { readonly value: string; readonly unit: string } | undefined;
  metrics: readonly PartMetric[];
  faults?: readonly FaultState[];
  children?: ComponentChildren;
}) {
  return (
    <li class="part" data-part={o.part}>
      <div class="part-head">
        <h3>{o.title}</h3>
        <span class="part-kind">{o.kind}</span>
      </div>
      {o.lead && (
        <p class="part-lead">
          <strong>{o.lead.value}</strong> <span>{o.lead.unit}</span>
        </p>
      )}
      {o.children}
      <dl class="part-metrics">
        {o.metrics.map(({ label, value, isWarning }) => (
          <div key={label} data-warning={isWarning}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <FaultSigns faults={o.faults ?? []} />
    </li>
  );
}

function FaultSigns({ faults }: { faults: readonly FaultState[] }) {
  if (faults.length === 0) return null;
  const isCrowded = faults.length > SIGNS_IN_FULL;
  return (
    <ul class="fault-signs" aria-label="Faults injected here">
      {faults.map(({ name, probability }) => (
        <li key={name}>
          {name}
          {!isCrowded && ` ${percent(probability)}`}
        </li>
      ))}
    </ul>
  );
}
