/** A switch for every fault, with its probability and how often it was injected. */
import { useState } from 'preact/hooks';
import type { FaultState } from '../../protocol.ts';
import { Card } from '../card.tsx';
import { compact, percent } from '../format.ts';
import { sendOrder } from '../use-console.ts';
import './controls.css';
import { nearestStep, probabilitySteps } from './probability-steps.ts';
import { Slider } from './slider.tsx';
import { useSetting } from './use-setting.ts';

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
  const [probability, set] = useSetting(fault.probability, (next) => {
    void sendOrder('POST /console/faults', { name, probability: next });
  });
  /** The probability that the fault gets when its switch is turned on. */
  const [chosen, setChosen] = useState(fault.onProbability);
  const isOn = probability > 0;
  const shown = isOn ? probability : chosen;
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
      <label class="fault-chance">
        <span class="visually-hidden">Probability of {name}</span>
        <Slider
          min={0}
          max={probabilitySteps.length - 1}
          step={1}
          value={nearestStep(shown)}
          text={percent(shown)}
          onSlide={slide}
        />
        <output>{percent(shown)}</output>
      </label>
      <p class="fault-does" id={`fault-${name}`}>
        {fault.description}
      </p>
      <span class="fault-count">
        {compact(fault.count)}
        <span aria-hidden="true">×</span>
        <span class="visually-hidden"> times</span>
      </span>
    </li>
  );
}
