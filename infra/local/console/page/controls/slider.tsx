/** A range input that looks the same in every browser: a thin track, filled up to the thumb. */
import './slider.css';

interface SliderProps {
  readonly min: number;
  readonly max: number;
  readonly step: number;
  readonly value: number;
  /** The value for a screen reader. */
  readonly text: string;
  readonly onSlide: (value: number) => void;
}

export function Slider({ min, max, step, value, text, onSlide }: SliderProps) {
  const filled = max > min ? (value - min) / (max - min) : 0;
  return (
    <input
      class="range"
      type="range"
      min={min}
      max={max}
      step={step}
      value={value}
      aria-valuetext={text}
      style={{ '--filled': String(filled) }}
      onInput={({ currentTarget }) => onSlide(currentTarget.valueAsNumber)}
    />
  );
}
