/** One box of the drawing: its title, its numbers, and the faults that are injected there. */
import type { ComponentChildren } from 'preact';
import type { FaultState } from '../../protocol.ts';
import { percent } from '../format.ts';

export interface PartProps {
  readonly part: string;
  readonly title: string;
  readonly kind: string;
  readonly lead: readonly [value: string, unit: string];
  /** Label, value, and whether to mark it as a warning. */
  readonly metrics: readonly (readonly [label: string, value: string, isWarning?: boolean])[];
  readonly faults: readonly FaultState[];
  readonly children?: ComponentChildren;
}

export function PipelinePart({ part, title, kind, lead, metrics, faults, children }: PartProps) {
  return (
    <li class="part" data-part={part}>
      <div class="part-head">
        <h3>{title}</h3>
        <span class="part-kind">{kind}</span>
      </div>
      <p class="part-lead">
        <strong>{lead[0]}</strong> <span>{lead[1]}</span>
      </p>
      {children}
      <dl class="part-metrics">
        {metrics.map(([label, value, isWarning]) => (
          <div key={label} data-warning={isWarning}>
            <dt>{label}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <FaultSigns
        faults={faults.filter(({ name, probability }) => probability > 0 && places[name] === part)}
      />
    </li>
  );
}

/** The part in which each fault is injected. */
const places: Readonly<Record<FaultState['name'], string>> = {
  poison: 'stream',
  duplicate: 'pipe',
  reorder: 'pipe',
  drop: 'pipe',
  vanish: 'pipe',
  crash: 'aggregator',
  'lost-answer': 'tables',
  throttle: 'tables',
  conflict: 'tables',
};

/** With more faults than this, only their names fit. The faults panel shows the rest. */
const FULL_SIGNS_MAX = 2;

function FaultSigns({ faults }: { faults: readonly FaultState[] }) {
  if (faults.length === 0) return null;
  return (
    <ul class="fault-signs" aria-label="Faults injected here">
      {faults.map(({ name, probability }) => (
        <li key={name}>
          {name}
          {faults.length <= FULL_SIGNS_MAX && ` ${percent(probability)}`}
        </li>
      ))}
    </ul>
  );
}
