/** A range input that looks the same in every browser: thin, and filled up to its thumb. */
import './slider.css';

export function Slider(o: {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** The value for a screen reader. */
  readonly text: string;
  readonly onSlide: (value: number) => void;
}) {
  const filled = o.max > o.min ? (o.value - o.min) / (o.max - o.min) : 0;
  return (
    <input
      class="range"
      type="range"
      min={o.min}
      max={o.max}
      step={o.step}
      value={o.value}
      aria-valuetext={o.text}
      style={{ '--filled': String(filled) }}
      onInput={({ currentTarget }) => o.onSlide(currentTarget.valueAsNumber)}
    />
  );
}
