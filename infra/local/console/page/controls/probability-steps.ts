/** The steps of a fault's slider, finer at low probabilities. */
export const probabilitySteps = [0.001, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.3, 0.5, 0.75, 1] as const;

/** The index of the step with the nearest ratio, because --faults may set a probability between two steps. */
export function nearestStep(probability: number): number {
  const away = probabilitySteps.map((step) => Math.abs(Math.log(step / Math.max(probability, 1e-6))));
  return away.indexOf(Math.min(...away));
}
