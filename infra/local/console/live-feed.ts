/**
 * Server-sent events: a few times a second each page gets a snapshot of the window that it shows, the new
 * points of the series, and the list of windows if it has grown. The server
 * disconnects a page that does not read.
 */
import type { ServerResponse } from 'node:http';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import type { SeriesPoint, Snapshot } from './protocol.ts';

const TICK_MS = 400;
/**
 * Maximum of unread bytes for one page. A snapshot has about 4,000 bytes, the series 50,000, and a list of
 * windows over decades 100,000.
 */
const UNREAD_BYTES_MAX = 1_000_000;

export interface LiveSource {
  snapshot(window: TimeWindow): Promise<Snapshot>;
  /** The server sends the list of windows again when this number changes. */
  windowCount(): number;
  windows(): readonly TimeWindow[];
  series(): readonly SeriesPoint[];
}

interface Subscriber {
  readonly response: ServerResponse;
  readonly window: TimeWindow;
  windowsSent: number;
  /** The time of the newest point sent. */
  pointsSentMs: number;
}

export class LiveFeed {
  readonly #source: LiveSource;
  readonly #subscribers = new Set<Subscriber>();
  readonly #timer: NodeJS.Timeout;
  #ticking = false;

  constructor(source: LiveSource) {
    this.#source = source;
    this.#timer = setInterval(() => void this.#tick(), TICK_MS);
  }

  /** Sends events to this response, whose headers have already been sent. */
  subscribe(response: ServerResponse, window: TimeWindow): void {
    const subscriber: Subscriber = { response, window, windowsSent: 0, pointsSentMs: 0 };
    response.on('close', () => this.#subscribers.delete(subscriber));
    response.write('retry: 1000\n\n');
    sendEvent(subscriber, 'series', this.#newPoints(subscriber));
    this.#subscribers.add(subscriber);
    void this.#send([subscriber]);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const { response } of this.#subscribers) response.end();
    this.#subscribers.clear();
  }

  async #tick(): Promise<void> {
    if (this.#ticking) return;
    this.#ticking = true;
    const byWindow = Map.groupBy(this.#subscribers, ({ window }) => window);
    for (const subscribers of byWindow.values()) await this.#send(subscribers);
    this.#ticking = false;
  }

  async #send(subscribers: readonly Subscriber[]): Promise<void> {
    const [first] = subscribers;
    if (!first) return;
    // While the run starts or stops, the tables cannot be read. The page then keeps its last snapshot.
    const snapshot = await this.#source.snapshot(first.window).catch(() => undefined);
    for (const subscriber of subscribers) {
      if (this.#source.windowCount() > subscriber.windowsSent) {
        const windows = this.#source.windows();
        subscriber.windowsSent = windows.length;
        sendEvent(subscriber, 'windows', windows);
      }
      if (snapshot) sendEvent(subscriber, 'snapshot', snapshot);
      for (const point of this.#newPoints(subscriber)) sendEvent(subscriber, 'point', point);
    }
  }

  #newPoints(subscriber: Subscriber): readonly SeriesPoint[] {
    const points = this.#source.series().filter(({ atMs }) => atMs > subscriber.pointsSentMs);
    subscriber.pointsSentMs = points.at(-1)?.atMs ?? subscriber.pointsSentMs;
    return points;
  }
}

function sendEvent({ response }: Subscriber, name: string, value: unknown): void {
  if (response.writableLength > UNREAD_BYTES_MAX) response.destroy();
  else response.write(`event: ${name}\ndata: ${JSON.stringify(value)}\n\n`);
}
