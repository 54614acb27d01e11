// Reads the live feed of `npm start`, as the page does.

import type { Snapshot } from '../../infra/local/console/protocol.ts';

/** Reads snapshots of a window until one satisfies `isWanted`, and gives that one. */
export async function snapshotWhere(
  url: string,
  isWanted: (snapshot: Snapshot) => boolean,
  window = 'ALL_TIME',
): Promise<Snapshot> {
  const controller = new AbortController();
  const response = await fetch(`${url}console/events?window=${window}`, { signal: controller.signal });
  try {
    let text = '';
    for await (const chunk of (response.body ?? []) as AsyncIterable<Uint8Array>) {
      text += Buffer.from(chunk).toString('utf8');
      const messages = text.split('\n\n');
      text = messages.pop() ?? '';
      for (const message of messages) {
        const json = /^event: snapshot\ndata: (.*)$/.exec(message)?.[1];
        if (json === undefined) continue;
        const snapshot = JSON.parse(json) as Snapshot;
        if (isWanted(snapshot)) return snapshot;
      }
    }
    throw new Error('the feed ended');
  } finally {
    controller.abort();
  }
}
