/** The steady tables as a process that speaks DynamoDB's protocol, for bundles that run unchanged. */
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';
import type { RestaurantId } from '../../../src/counting/register-key.ts';
import { rankingKeyOf } from '../../../src/counting/ranking.ts';
import type { TimeWindow } from '../../../src/counting/time-window.ts';
import type { Request } from './bill.ts';
import { type SteadyOptions, SteadyTables } from './steady-tables.ts';

export type SteadyRequest =
  | {
      readonly kind: 'open';
      readonly options: Omit<SteadyOptions, 'rankingKeyOf'> & { readonly shards: number };
    }
  | { readonly kind: 'bill' };

export type SteadyBill = SteadyTables['bill'];

let tables: SteadyTables | undefined;

const server = createServer((from, to) => {
  const operation = String(from.headers['x-amz-target']).split('.')[1] ?? '';
  void buffer(from).then((body) => {
    const answer = tables?.execute(operation, JSON.parse(body.toString()) as Request);
    to.writeHead(answer?.status ?? 500, { 'content-type': 'application/x-amz-json-1.0' });
    to.end(JSON.stringify(answer?.body ?? {}));
  });
});

async function open({ shards, ...options }: Extract<SteadyRequest, { kind: 'open' }>['options']) {
  tables = new SteadyTables({
    ...options,
    rankingKeyOf: (restaurantId, window) =>
      rankingKeyOf(restaurantId as RestaurantId, window as TimeWindow, shards),
  });
  if (!server.listening) {
    server.listen(0, '127.0.0.1');
    await once(server, 'listening');
  }
  return { port: (server.address() as AddressInfo).port };
}

process.on('message', (request: SteadyRequest) => {
  if (request.kind === 'bill') process.send?.(tables?.bill);
  else void open(request.options).then((opened) => process.send?.(opened));
});
process.on('disconnect', () => process.exit());
