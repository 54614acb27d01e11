/** A switch for every fault that exists, with its probability and how often it really occurred. */
import { useState } from 'preact/hooks';
import type { FaultState } from '../../protocol.ts';
import { Card } from '../card.tsx';
import { compact, percent } from '../format.ts';
import { sendOrder } from '../use-console.ts';
import './controls.css';
import { nearestStep, probabilitySteps } from './probability-steps.ts';
import { usePaced } from './use-paced.ts';
import { usePending } from './use-pending.ts';

export function FaultPanel({ faults }: { faults: readonly FaultState[] }) {
  const on = faults.filter(({ probability }) => probability > 0).length;
  return (
    <Card
      title="Faults"
      note={on === 0 ? 'all off' : `${on} of ${faults.length} on`}
      actions={
        <button
          type="button"
          aria-disabled={on === 0}
          onClick={() => void sendOrder('POST /console/faults', { name: 'all', probability: 0 })}
        >
          All off
        </button>
      }
    >
      <ul class="faults">
        {faults.map((fault) => (
          <FaultSwitch key={fault.name} fault={fault} />
        ))}
      </ul>
    </Card>
  );
}

function FaultSwitch({ fault }: { fault: FaultState }) {
  const { name } = fault;
  const [probability, setProbability] = usePending(fault.probability);
  /** What the switch turns on. */
  const [chosen, setChosen] = useState(fault.onProbability);
  const isOn = probability > 0;
  const shown = isOn ? probability : chosen;
  const send = usePaced((next: number) => {
    void sendOrder('POST /console/faults', { name, probability: next });
  });
  const set = (next: number): void => {
    setProbability(next);
    send(next);
  };
  const slide = (step: number): void => {
    const next = probabilitySteps[step] ?? chosen;
    setChosen(next);
    if (isOn) set(next);
  };

  return (
    <li class="fault" data-on={isOn}>
      <button
        type="button"
        class="switch"
        role="switch"
        aria-checked={isOn}
        aria-describedby={`fault-${name}`}
        onClick={() => set(isOn ? 0 : chosen)}
      >
        <span class="switch-track" aria-hidden="true" />
        <span class="fault-name">{name}</span>
      </button>
      <span class="fault-count" title="Times that it occurred">
        {compact(fault.count)}×
      </span>
      <p class="fault-does" id={`fault-${name}`}>
        {fault.description}
      </p>
      <label class="fault-chance">
        <span class="visually-hidden">Probability of {name}</span>
        <input
          type="range"
          min="0"
          max={probabilitySteps.length - 1}
          step="1"
          value={nearestStep(shown)}
          aria-valuetext={percent(shown)}
          onInput={({ currentTarget }) => slide(currentTarget.valueAsNumber)}
        />
        <output>{percent(shown)}</output>
      </label>
    </li>
  );
}
