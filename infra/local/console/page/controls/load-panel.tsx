/** The controls of the load: events a second, and how unevenly the restaurants get them. */
import { useRef } from 'preact/hooks';
import type { LoadState } from '../../protocol.ts';
import { Card } from '../card.tsx';
import { fraction, whole } from '../format.ts';
import { sendOrder } from '../use-console.ts';
import './controls.css';
import { Slider } from './slider.tsx';
import { useSetting } from './use-setting.ts';
import { ZipfBars } from './zipf-bars.tsx';

/** The rate that Start sets at first. */
const FIRST_RATE = 100;
const SKEW_MAX = 2;

/** @param noLoad why there is no load, if so */
export function LoadPanel({ load, noLoad }: { load: LoadState; noLoad: string | undefined }) {
  if (noLoad === undefined) return <LoadControls load={load} />;
  return (
    <Card title="Load">
      <p class="quiet">No load here. {noLoad}</p>
    </Card>
  );
}

/**
 * The value in a label is not an <output>: the label would then belong to the output and not to the slider.
 */
function LoadControls({ load }: { load: LoadState }) {
  const [{ rate, skew }, set] = useSetting({ rate: load.rate, skew: load.skew }, (body) => {
    void sendOrder('POST /console/load', body);
  });
  const lastRate = useRef(FIRST_RATE);
  if (rate > 0) lastRate.current = rate;

  return (
    <Card
      title="Load"
      note={`${whole(load.written)} written`}
      actions={
        <button
          type="button"
          class={rate === 0 ? 'primary' : ''}
          onClick={() => set({ rate: rate === 0 ? Math.min(lastRate.current, load.rateMax) : 0, skew })}
        >
          {rate === 0 ? 'Start' : 'Stop'}
        </button>
      }
    >
      {load.problem !== undefined && <p class="load-problem">{load.problem}</p>}
      <div class="sliders">
        <label class="slider">
          <span>Events a second</span>
          <strong aria-hidden="true">{rate === 0 ? 'off' : whole(rate)}</strong>
          <Slider
            min={0}
            max={load.rateMax}
            step={rateStep(load.rateMax)}
            value={rate}
            text={rate === 0 ? 'off' : `${whole(rate)} events a second`}
            onSlide={(next) => set({ rate: next, skew })}
          />
        </label>
        <label class="slider">
          <span>Skew</span>
          <strong aria-hidden="true">{skewText(skew)}</strong>
          <Slider
            min={0}
            max={SKEW_MAX}
            step={0.1}
            value={skew}
            text={skewText(skew)}
            onSlide={(next) => set({ rate, skew: next })}
          />
        </label>
      </div>
      <ZipfBars skew={skew} />
    </Card>
  );
}

const rateStep = (rateMax: number): number => Math.max(1, 10 ** Math.floor(Math.log10(rateMax / 50)));

const skewText = (skew: number): string => (skew === 0 ? '0, all equal' : fraction(skew));
