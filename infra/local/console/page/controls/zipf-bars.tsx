/** Draws a skew: the share of the load that each of the first restaurants gets. */

/** The number of restaurants that the load generator uses. */
const RESTAURANTS = 300;
const SHOWN = 30;

export function ZipfBars({ skew }: { skew: number }) {
  const weights = Array.from({ length: RESTAURANTS }, (_, i) => 1 / (i + 1) ** skew);
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const first = (weights[0] ?? 0) / total;
  return (
    <div class="zipf">
      <svg viewBox={`0 0 ${SHOWN * 3 - 1} 20`} preserveAspectRatio="none" aria-hidden="true">
        {weights.slice(0, SHOWN).map((weight, i) => {
          const height = Math.max(0.6, 20 * (weight / (weights[0] ?? 1)) * Math.min(1, 0.3 + skew));
          return <rect key={i} x={i * 3} y={20 - height} width="2" height={height} />;
        })}
      </svg>
      <p>
        The busiest of {RESTAURANTS} restaurants gets {first < 0.01 ? 'under 1' : Math.round(first * 100)}% of
        the events.
      </p>
    </div>
  );
}
