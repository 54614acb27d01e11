/**
 * The state of the page, from the server's events. App passes parts of it to the panels. `sendOrder` sends
 * orders to the server.
 */
import { useEffect, useState } from 'preact/hooks';
import type { ConsoleOrders, SeriesPoint, Snapshot } from '../protocol.ts';

export interface ConsoleState {
  readonly connection: 'connecting' | 'live' | 'lost';
  /** The window that the leaderboard shows. */
  readonly window: string;
  /** The windows that have a count. */
  readonly windows: readonly string[];
  /** The latest snapshot. It may still be that of another window. */
  readonly snapshot: Snapshot | undefined;
  /** Oldest first, one point per second. */
  readonly series: readonly SeriesPoint[];
  /** The reason why the last order failed, in one sentence. */
  readonly problem: string | undefined;
  /** The number of connections so far. When it grows, earlier responses may be from another run. */
  readonly connections: number;
}

interface ServerEvents {
  readonly windows: readonly string[];
  readonly snapshot: Snapshot;
  readonly series: readonly SeriesPoint[];
  readonly point: SeriesPoint;
}

export const noAnswer = 'The server does not respond: is the command still running?';

/** Five minutes. */
const SERIES_POINTS_MAX = 300;

let state: ConsoleState = {
  connection: 'connecting',
  window: 'ALL_TIME',
  windows: ['ALL_TIME'],
  snapshot: undefined,
  series: [],
  problem: undefined,
  connections: 0,
};
let stream: EventSource | undefined;
const listeners = new Set<(state: ConsoleState) => void>();

export function useConsole(): ConsoleState {
  const [current, setCurrent] = useState(state);
  useEffect(() => {
    listeners.add(setCurrent);
    setCurrent(state);
    return () => {
      listeners.delete(setCurrent);
    };
  }, []);
  return current;
}

/** Opens the stream of the shown window. The browser reopens it when it breaks. */
export function connect(): void {
  stream?.close();
  const source = new EventSource(`/console/events?window=${encodeURIComponent(state.window)}`);
  stream = source;
  const on = <Name extends keyof ServerEvents>(name: Name, take: (value: ServerEvents[Name]) => void): void =>
    source.addEventListener(name, ({ data }: MessageEvent<string>) =>
      take(JSON.parse(data) as ServerEvents[Name]),
    );
  source.addEventListener('open', () => {
    change({ connection: 'live', connections: state.connections + 1 });
    // The server is reachable again, so remove the message that it is not.
    if (state.problem === noAnswer) showProblem(undefined);
  });
  source.addEventListener('error', () => change({ connection: 'lost' }));
  on('windows', (windows) => change({ windows }));
  on('snapshot', (snapshot) => change({ snapshot }));
  on('series', (series) => change({ series }));
  on('point', (point) => change({ series: [...state.series, point].slice(-SERIES_POINTS_MAX) }));
}

export function showWindow(window: string): void {
  if (window === state.window) return;
  change({ window });
  connect();
}

/** Never throws: the page shows the problem. @returns whether the server accepted the order */
export async function sendOrder<Order extends keyof ConsoleOrders>(
  order: Order,
  body: ConsoleOrders[Order],
): Promise<boolean> {
  const [method = 'POST', path = '/'] = order.split(' ');
  try {
    const headers = { 'content-type': 'application/json' };
    const response = await fetch(path, { method, headers, body: JSON.stringify(body) });
    const problem = response.ok ? undefined : await messageOf(response);
    showProblem(problem);
    return response.ok;
  } catch {
    showProblem(noAnswer);
    return false;
  }
}

/** Undefined removes the last problem. */
export function showProblem(problem: string | undefined): void {
  if (problem !== state.problem) change({ problem });
}

async function messageOf(response: Response): Promise<string> {
  const answer = (await response.json().catch(() => ({}))) as {
    readonly message?: string;
    readonly detail?: string;
  };
  return answer.message ?? answer.detail ?? `The server responded ${response.status} ${response.statusText}`;
}

function change(part: Partial<ConsoleState>): void {
  state = { ...state, ...part };
  for (const listener of listeners) listener(state);
}
