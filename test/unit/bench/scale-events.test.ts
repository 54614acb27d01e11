import { describe, expect, it } from '@jest/globals';
import { favouriteKey } from '../../../infra/local/replay/replay-write.ts';
import { eventCount, scaleEvents, VIRAL } from '../../bench/scale/scale-events.ts';

describe('the events of npm run bench:scale', () => {
  const load = { favourites: 9_000, restaurants: 500, viralShare: 0.5 };
  const events = [...scaleEvents(load)];
  const marks = events.filter(({ kind }) => kind === 'mark');
  const unmarks = events.filter(({ kind }) => kind === 'un-mark');

  it('are as many marks as asked for, each of another favourite, and a ninth as many un-marks', () => {
    expect(new Set(marks.map(favouriteKey)).size).toBe(load.favourites);
    expect(unmarks).toHaveLength(load.favourites / 9);
    expect(events).toHaveLength(eventCount(load));
  });

  it('un-mark each favourite at most once, and only after its mark', () => {
    const marked = new Set<string>();
    for (const event of events) {
      if (event.kind === 'mark') marked.add(favouriteKey(event));
      else expect(marked.delete(favouriteKey(event))).toBe(true);
    }
  });

  it('give the viral restaurant its share', () => {
    const shareOf = (viralShare: number) => {
      const some = [...scaleEvents({ ...load, viralShare })];
      return some.filter(({ restaurantId }) => restaurantId === VIRAL).length / some.length;
    };
    expect(shareOf(0)).toBe(0);
    expect(shareOf(0.5)).toBeCloseTo(0.5, 1);
    expect(shareOf(1)).toBe(1);
  });

  it('are the same in every run, except for their dates', () => {
    const now = () => 0;
    expect([...scaleEvents(load, now)]).toEqual([...scaleEvents(load, now)]);
  });
});
