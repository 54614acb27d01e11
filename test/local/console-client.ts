// Reads the live feed of `npm start` and sends requests to the console, as the page does.

import type { ConsoleOrders, DeadLetterList, Snapshot } from '../../infra/local/console/protocol.ts';

export interface FeedEvent {
  readonly name: string;
  readonly value: unknown;
}

/** Reads snapshots of a window until one satisfies `isWanted`, and returns it. */
export async function snapshotWhere(
  url: string,
  isWanted: (snapshot: Snapshot) => boolean,
  window = 'ALL_TIME',
): Promise<Snapshot> {
  for await (const { name, value } of feedOf(url, window)) {
    if (name === 'snapshot' && isWanted(value as Snapshot)) return value as Snapshot;
  }
  throw new Error('the feed ended');
}

/** The events that the server sends to a page, until the caller stops reading. */
export async function* feedOf(url: string, window = 'ALL_TIME'): AsyncGenerator<FeedEvent> {
  const controller = new AbortController();
  const response = await fetch(`${url}console/events?window=${window}`, { signal: controller.signal });
  try {
    let text = '';
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const [, name, json] = /^event: (\w+)\ndata: (.*)$/.exec(message) ?? [];
        if (name !== undefined && json !== undefined) yield { name, value: JSON.parse(json) as unknown };
      }
    }
  } finally {
    controller.abort();
  }
}

/** @throws when the server does not accept it */
export async function giveOrder<Order extends keyof ConsoleOrders>(
  url: string,
  order: Order,
  body: ConsoleOrders[Order],
): Promise<void> {
  const [method = '', path = ''] = order.split(' ');
  const response = await fetch(new URL(path, url), { method, body: JSON.stringify(body) });
  const text = await response.text();
  if (response.status !== 202) throw new Error(`${order} was answered by ${response.status}: ${text}`);
}

export async function deadLettersOf(url: string): Promise<DeadLetterList> {
  const response = await fetch(new URL('console/dead-letters', url));
  return (await response.json()) as DeadLetterList;
}
