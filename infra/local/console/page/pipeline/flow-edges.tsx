/**
 * The lines of the drawing, which run between its boxes and below them. Their dashes move faster when more
 * records flow.
 */
import type { RefObject } from 'preact';
import { useLayoutEffect, useState } from 'preact/hooks';
import { type Anchor, type Box, type Route, routeEdge } from './edge-route.ts';

export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly wide: readonly [Anchor, Anchor];
  readonly narrow: readonly [Anchor, Anchor];
  /** Records a second, or 1 while work is running. */
  readonly flow: number;
  readonly kind: 'main' | 'lost' | 'repair';
  readonly label?: string;
}

type Boxes = ReadonlyMap<string, Box>;

interface Measured {
  readonly boxes: Boxes;
  readonly width: number;
  readonly height: number;
}

/** From this width on pipeline.css puts the boxes in a row; below it they are stacked. */
const ROW_WIDTH_MIN = 860;

export function FlowEdges({ of, edges }: { of: RefObject<HTMLElement | null>; edges: readonly Edge[] }) {
  const measured = useBoxes(of);
  if (!measured) return null;
  const isWide = measured.width >= ROW_WIDTH_MIN;
  return (
    <svg class="flow" aria-hidden="true" width={measured.width} height={measured.height}>
      <defs>
        {(['main', 'lost', 'repair'] as const).map((kind) => (
          <marker
            key={kind}
            id={`flow-tip-${kind}`}
            class={`flow-tip flow-${kind}`}
            viewBox="0 0 8 8"
            refX="7"
            refY="4"
            markerWidth="7"
            markerHeight="7"
            orient="auto"
          >
            <path d="M0.5 0.5 7.5 4 0.5 7.5z" />
          </marker>
        ))}
      </defs>
      {edges.map((edge) => {
        const route = routeOf(edge, measured.boxes, isWide);
        return route && <FlowLine key={`${edge.from}-${edge.to}`} edge={edge} route={route} />;
      })}
    </svg>
  );
}

function FlowLine({ edge, route }: { edge: Edge; route: Route }) {
  const { path, labelAt, isLabelUpright } = route;
  return (
    <g class={`flow-${edge.kind}`} data-pace={paceOf(edge.flow)}>
      <path class="flow-line" d={path} marker-end={`url(#flow-tip-${edge.kind})`} />
      <path class="flow-moving" d={path} />
      {edge.label !== undefined && (
        <text
          class="flow-label"
          text-anchor="middle"
          dy="0.32em"
          transform={`translate(${labelAt.x} ${labelAt.y})${isLabelUpright ? ' rotate(-90)' : ''}`}
        >
          {edge.label}
        </text>
      )}
    </g>
  );
}

/** Only a few speeds, because a line jumps when its speed changes. */
function paceOf(flow: number): 'still' | 'slow' | 'quick' | 'fast' {
  if (flow < 0.5) return 'still';
  if (flow < 60) return 'slow';
  return flow < 400 ? 'quick' : 'fast';
}

function routeOf(edge: Edge, boxes: Boxes, isWide: boolean): Route | undefined {
  const from = boxes.get(edge.from);
  const to = boxes.get(edge.to);
  if (!from || !to) return undefined;
  const [start, end] = isWide ? edge.wide : edge.narrow;
  return routeEdge({ box: from, ...start }, { box: to, ...end });
}

/** The current places of the elements with `data-part` inside the drawing. */
function useBoxes(of: RefObject<HTMLElement | null>): Measured | undefined {
  const [measured, setMeasured] = useState<Measured>();
  useLayoutEffect(() => {
    const drawing = of.current;
    if (!drawing) return undefined;
    const parts = [...drawing.querySelectorAll<HTMLElement>('[data-part]')];
    const measure = (): void => {
      const origin = drawing.getBoundingClientRect();
      const boxes = new Map(
        parts.map((part) => {
          const { left, top, width, height } = part.getBoundingClientRect();
          return [
            part.dataset['part'] ?? '',
            { left: left - origin.left, top: top - origin.top, width, height },
          ];
        }),
      );
      setMeasured({ boxes, width: origin.width, height: origin.height });
    };
    const observer = new ResizeObserver(measure);
    for (const element of [drawing, ...parts]) observer.observe(element);
    measure();
    return () => observer.disconnect();
  }, [of]);
  return measured;
}
