/** Routes a line between two boxes of the drawing, with right angles and round corners. */

export interface Box {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

export type Side = 'left' | 'right' | 'top' | 'bottom';

/**
 * Where a line meets a box: 0 to 1 along that side, or `align` for a straight line to the other end.
 */
export interface Anchor {
  readonly side: Side;
  readonly along: number | 'align';
}

export interface Route {
  readonly path: string;
  /** The place of the line's label. */
  readonly labelAt: Point;
  /** The line is vertical there, so the label is vertical too. */
  readonly isLabelUpright: boolean;
}

interface Point {
  readonly x: number;
  readonly y: number;
}

interface End extends Anchor {
  readonly box: Box;
}

const CORNER = 10;
/** Distance of an aligned line from the corners of a box. */
const INSET = 14;
/** How far a line stays from the boxes when it leaves and enters on the same side. */
const GUTTER = 14;

export function routeEdge(from: End, to: End): Route {
  const start = pointOf(from, typeof to.along === 'number' ? pointOf(to) : undefined);
  const end = pointOf(to, start);
  const points = bends(from.side, start, end);
  const isLabelUpright = isLevel(from.side) && from.side === to.side;
  return { path: roundedPath(points), labelAt: middleOfLongest(points), isLabelUpright };
}

function pointOf({ box, side, along }: End, other?: Point): Point {
  const isUpright = isLevel(side);
  const from = isUpright ? box.top : box.left;
  const length = isUpright ? box.height : box.width;
  const wanted = along === 'align' ? (isUpright ? other?.y : other?.x) : from + length * along;
  const at = Math.min(Math.max(wanted ?? from + length / 2, from + INSET), from + length - INSET);
  if (side === 'left') return { x: box.left, y: at };
  if (side === 'right') return { x: box.left + box.width, y: at };
  return { x: at, y: side === 'top' ? box.top : box.top + box.height };
}

function bends(side: Side, start: Point, end: Point): readonly Point[] {
  if (isLevel(side) && Math.sign(end.x - start.x) !== (side === 'right' ? 1 : -1)) {
    const x = side === 'left' ? Math.min(start.x, end.x) - GUTTER : Math.max(start.x, end.x) + GUTTER;
    return [start, { x, y: start.y }, { x, y: end.y }, end];
  }
  if (isLevel(side)) {
    if (Math.abs(start.y - end.y) < 1) return [start, end];
    const x = (start.x + end.x) / 2;
    return [start, { x, y: start.y }, { x, y: end.y }, end];
  }
  if (Math.abs(start.x - end.x) < 1) return [start, end];
  const y = (start.y + end.y) / 2;
  return [start, { x: start.x, y }, { x: end.x, y }, end];
}

function roundedPath(points: readonly Point[]): string {
  const [first, ...rest] = points;
  if (!first) return '';
  let path = `M${at(first)}`;
  let before = first;
  rest.forEach((point, i) => {
    const after = rest[i + 1];
    if (after) {
      const radius = Math.min(CORNER, distance(before, point) / 2, distance(point, after) / 2);
      path += `L${at(towards(point, before, radius))}Q${at(point)} ${at(towards(point, after, radius))}`;
    } else path += `L${at(point)}`;
    before = point;
  });
  return path;
}

function middleOfLongest(points: readonly Point[]): Point {
  let best: Point = points[0] ?? { x: 0, y: 0 };
  let longest = -1;
  points.slice(1).forEach((point, i) => {
    const before = points[i] ?? point;
    const length = distance(before, point);
    if (length <= longest) return;
    longest = length;
    best = { x: (before.x + point.x) / 2, y: (before.y + point.y) / 2 };
  });
  return best;
}

const isLevel = (side: Side): boolean => side === 'left' || side === 'right';
const distance = (a: Point, b: Point): number => Math.hypot(a.x - b.x, a.y - b.y);

function towards(from: Point, to: Point, length: number): Point {
  const whole = distance(from, to) || 1;
  return { x: from.x + ((to.x - from.x) * length) / whole, y: from.y + ((to.y - from.y) * length) / whole };
}

const at = ({ x, y }: Point): string => `${round(x)},${round(y)}`;
const round = (value: number): number => Math.round(value * 10) / 10;
