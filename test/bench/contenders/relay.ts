/**
 * A process between the contenders and the engine, with one port for each contender. It adds the same delay
 * to every response, loses answers when told to, and remembers the exchanges. While a contender runs, it only
 * forwards bytes, so it takes the same time for each of them. It makes the bill afterwards.
 */
import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import type { TableDefinition } from '../../../infra/cost/write-units.ts';
import { type Bill, Biller, singleWrites } from './bill.ts';
import { cutMessages, headerOf, type HttpMessage, responseOf } from './http-messages.ts';
import { conflictAnswer, InFlight } from './in-flight.ts';

export interface Route {
  readonly name: string;
  readonly enginePort: number;
  readonly delayMs: number;
  /** For the bill. Without them, the relay keeps no exchanges and makes no bill. */
  readonly tables?: Readonly<Record<string, TableDefinition>>;
  /** Refuses a transaction while another one on one of its items is under way, as DynamoDB does. */
  readonly hasConflicts?: boolean;
}

/** How often the answer is lost: once, so that the SDK's next attempt gets one; or to every attempt. */
export type Loss = 'once' | 'always';

export type RelayRequest =
  | { readonly kind: 'open'; readonly route: Route }
  /** Loses the answer to the next write to a table of counts. */
  | { readonly kind: 'lose'; readonly name: string; readonly loss: Loss | undefined }
  /** Answers with the bill of all exchanges so far. */
  | { readonly kind: 'bill'; readonly name: string };

export interface RelayBill extends Bill {
  readonly lostAnswers: number;
  readonly conflicts: number;
}

const asksForUnits = Buffer.from('"ReturnConsumedCapacity"');
const askForUnits = Buffer.from('{"ReturnConsumedCapacity":"TOTAL",');
const onlyUnits = Buffer.from('{"ConsumedCapacity"');
const moreThanUnits = /"(?:Attributes|Item)"/;
/** Every contender calls its table of counts like this. */
const countsTable = Buffer.from('AggregatedFavourites');
const isWrite = (operation: string): boolean =>
  operation === 'TransactWriteItems' || Object.hasOwn(singleWrites, operation);

interface Pending {
  readonly operation: string;
  readonly body: Buffer;
  readonly isUnitsOurs: boolean;
  readonly loss: Loss | undefined;
  readonly settle: () => void;
}

interface RawExchange {
  readonly operation: string;
  readonly body: Buffer;
  readonly status: number;
  readonly answer: Buffer;
}

class Contender {
  readonly #route: Route;
  readonly #biller: Biller;
  /** Since the last bill. */
  #exchanges: RawExchange[] = [];
  readonly #inFlight = new InFlight();
  /** The SDK's ids of requests whose every attempt loses its answer. */
  readonly #lostIds = new Set<string>();
  #armed: Loss | undefined;
  #lostAnswers = 0;
  #conflicts = 0;

  constructor(route: Route) {
    this.#route = route;
    this.#biller = new Biller(route.tables ?? {});
  }

  get #isBilled(): boolean {
    return this.#route.tables !== undefined;
  }

  lose(loss: Loss | undefined): void {
    this.#armed = loss;
  }

  bill(): RelayBill {
    for (const { body, answer, ...exchange } of this.#exchanges) {
      this.#biller.add({ ...exchange, body: body.toString(), answer: answer.toString() });
    }
    this.#exchanges = [];
    return { ...this.#biller.bill, lostAnswers: this.#lostAnswers, conflicts: this.#conflicts };
  }

  accept(client: Socket): void {
    const engine = connect(this.#route.enginePort, '127.0.0.1');
    engine.setNoDelay(true);
    client.setNoDelay(true);
    const pending: Pending[] = [];
    client.on(
      'data',
      cutMessages((message) => this.#onRequest(message, { client, engine, pending })),
    );
    engine.on(
      'data',
      cutMessages((message) => this.#onResponse(message, client, pending.shift())),
    );
    client.on('close', () => engine.destroy()).on('error', () => engine.destroy());
    engine.on('error', () => client.destroy());
    engine.on('close', () => {
      // A client that gave up gets no response, and its items must not stay under way for ever.
      for (const { settle } of pending) settle();
      client.destroy();
    });
  }

  #onRequest(
    { head, body }: HttpMessage,
    { client, engine, pending }: { client: Socket; engine: Socket; pending: Pending[] },
  ): void {
    const operation = (headerOf(head, 'x-amz-target') ?? '').split('.')[1] ?? '';
    const writes = isWrite(operation);
    let settle = (): void => undefined;
    if (this.#route.hasConflicts === true && operation === 'TransactWriteItems') {
      const entered = this.#inFlight.enter(body.toString());
      if (entered.kind === 'conflict') {
        this.#conflicts += 1;
        const answer = Buffer.from(conflictAnswer(entered.conflicting));
        this.#keep({ operation, body, status: 400, answer });
        this.#later(() => client.write(responseOf('400 Bad Request', answer)));
        return;
      }
      settle = entered.leave;
    }
    const isUnitsOurs = this.#isBilled && writes && !body.includes(asksForUnits);
    const sent = isUnitsOurs ? Buffer.concat([askForUnits, body.subarray(1)]) : body;
    const loss = writes ? this.#lossOf(head, body) : undefined;
    pending.push({ operation, body, isUnitsOurs, loss, settle });
    const newHead = isUnitsOurs
      ? head.replace(/content-length: \d+/, `content-length: ${sent.length}`)
      : head;
    engine.write(Buffer.concat([Buffer.from(`${newHead}\r\n\r\n`, 'latin1'), sent]));
  }

  #onResponse({ head, body }: HttpMessage, client: Socket, pending: Pending | undefined): void {
    if (pending === undefined) return;
    const { operation, isUnitsOurs, loss } = pending;
    const status = Number(head.slice(9, 12));
    this.#keep({ operation, body: pending.body, status, answer: body });
    this.#later(() => {
      pending.settle();
      if (loss === undefined || status !== 200) {
        const isEmpty = isUnitsOurs && body.indexOf(onlyUnits) === 0 && !moreThanUnits.test(body.toString());
        client.write(responseOf(head.slice(9).split('\r\n', 1)[0] ?? '', isEmpty ? '{}' : body));
        return;
      }
      this.#lostAnswers += 1;
      // The client cannot know whether the write was made.
      client.destroy();
    });
  }

  #keep(exchange: RawExchange): void {
    if (this.#isBilled) this.#exchanges.push(exchange);
  }

  #lossOf(head: string, body: Buffer): Loss | undefined {
    const id = headerOf(head, 'amz-sdk-invocation-id') ?? '';
    if (this.#lostIds.has(id)) return 'always';
    if (this.#armed === undefined || !body.includes(countsTable)) return undefined;
    const loss = this.#armed;
    this.#armed = undefined;
    if (loss === 'always') this.#lostIds.add(id);
    return loss;
  }

  #later(send: () => void): void {
    if (this.#route.delayMs === 0) send();
    else setTimeout(send, this.#route.delayMs);
  }
}

function main(): void {
  const contenders = new Map<string, Contender>();
  process.on('message', (request: RelayRequest) => {
    void answer(request).then((reply) => process.send?.(reply));
  });
  process.on('disconnect', () => process.exit());

  async function answer(request: RelayRequest): Promise<unknown> {
    if (request.kind === 'open') return open(request.route);
    const contender = contenders.get(request.name);
    if (contender === undefined) throw new Error(`The relay has no contender ${request.name}`);
    if (request.kind === 'bill') return contender.bill();
    contender.lose(request.loss);
    return {};
  }

  async function open(route: Route): Promise<{ readonly port: number }> {
    const contender = new Contender(route);
    contenders.set(route.name, contender);
    const server = createServer((client) => contender.accept(client)).listen(0, '127.0.0.1');
    await once(server, 'listening');
    return { port: (server.address() as AddressInfo).port };
  }
}

main();
