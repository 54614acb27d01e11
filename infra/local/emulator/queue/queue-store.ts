/**
 * The queues' messages on disk. WAL mode keeps every confirmed write through `kill -9`. Like the engine's
 * database, the file is not synced at every commit, so a power cut can lose the last writes.
 */
import { randomUUID } from 'node:crypto';
import { DatabaseSync, type StatementSync } from 'node:sqlite';
import type { MessageAttributes, NewMessage } from './requests.ts';

export interface QueueSettings {
  readonly name: string;
  readonly maximumMessageSizeBytes: number;
  readonly messageRetentionSeconds: number;
}

export interface StoredQueue extends QueueSettings {
  readonly createdAtMs: number;
}

export interface QueueMessage {
  readonly messageId: string;
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly sentAtMs: number;
  /** How often the message was received. */
  readonly receiveCount: number;
  readonly firstReceivedAtMs: number | null;
}

/** A receipt handle identifies a message and one receive of it. */
export type Receipt = Pick<QueueMessage, 'messageId' | 'receiveCount'>;

export interface QueueCount {
  readonly messages: number;
  readonly distinctBodies: number;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY, maximum_message_size_bytes INTEGER NOT NULL,
    message_retention_seconds INTEGER NOT NULL, created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    position INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE,
    queue TEXT NOT NULL REFERENCES queue (name), body TEXT NOT NULL, attributes TEXT NOT NULL,
    sent_at_ms INTEGER NOT NULL, visible_at_ms INTEGER NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0, first_received_at_ms INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue, visible_at_ms, position);
`;

/** The columns of a `QueueMessage`. */
const MESSAGE = `message_id AS messageId, body, attributes, sent_at_ms AS sentAtMs,
  receive_count AS receiveCount, first_received_at_ms AS firstReceivedAtMs`;

const STATEMENTS = {
  create: `INSERT INTO queue VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
    maximum_message_size_bytes = excluded.maximum_message_size_bytes,
    message_retention_seconds = excluded.message_retention_seconds`,
  find: `SELECT name, maximum_message_size_bytes AS maximumMessageSizeBytes,
    message_retention_seconds AS messageRetentionSeconds, created_at_ms AS createdAtMs
    FROM queue WHERE name = ?`,
  send: `INSERT INTO message (message_id, queue, body, attributes, sent_at_ms, visible_at_ms)
    VALUES (?, ?, ?, ?, ?, ?)`,
  expire: `DELETE FROM message WHERE queue = ?1 AND sent_at_ms <
    ?2 - (SELECT message_retention_seconds FROM queue WHERE name = ?1) * 1000`,
  receive: `UPDATE message SET visible_at_ms = ?1, receive_count = receive_count + 1,
      first_received_at_ms = coalesce(first_received_at_ms, ?2)
    WHERE position IN (SELECT position FROM message
      WHERE queue = ?3 AND visible_at_ms <= ?2 ORDER BY visible_at_ms, position LIMIT ?4)
    RETURNING ${MESSAGE}`,
  nextVisible: 'SELECT min(visible_at_ms) AS atMs FROM message WHERE queue = ?',
  count: 'SELECT count(*) AS messages, count(DISTINCT body) AS distinctBodies FROM message WHERE queue = ?',
  delete: 'DELETE FROM message WHERE queue = ? AND message_id = ? AND receive_count = ?',
  setVisibility: `UPDATE message SET visible_at_ms = ?1
    WHERE queue = ?2 AND message_id = ?3 AND receive_count = ?4 AND visible_at_ms > ?5`,
  purge: 'DELETE FROM message WHERE queue = ?',
  depth: `SELECT count(*) FILTER (WHERE visible_at_ms <= ?1) AS visible,
    count(*) FILTER (WHERE visible_at_ms > ?1 AND receive_count > 0) AS inFlight,
    count(*) FILTER (WHERE visible_at_ms > ?1 AND receive_count = 0) AS delayed
    FROM message WHERE queue = ?2`,
} as const;

/** Of messages with the same body, the newest. */
const PEEK = `SELECT ${MESSAGE} FROM message
  WHERE position IN (SELECT max(position) FROM message WHERE queue = ?1 GROUP BY body)`;
const PEEK_OLDEST_FIRST = `${PEEK} ORDER BY position`;
const PEEK_NEWEST_FIRST = `${PEEK} ORDER BY position DESC LIMIT ?2`;

/** The casts are safe, because the tables are STRICT and only this file writes to them. */
export class QueueStore {
  readonly #database: DatabaseSync;
  readonly #sql: Readonly<Record<keyof typeof STATEMENTS, StatementSync>>;

  constructor(file: string) {
    const database = new DatabaseSync(file, { timeout: 5_000 });
    database.exec(SCHEMA);
    this.#database = database;
    this.#sql = Object.fromEntries(
      Object.entries(STATEMENTS).map(([name, sql]) => [name, database.prepare(sql)]),
    ) as Record<keyof typeof STATEMENTS, StatementSync>;
  }

  /** Idempotent: an existing queue keeps its messages. */
  createQueue({ name, maximumMessageSizeBytes, messageRetentionSeconds }: QueueSettings): void {
    this.#sql.create.run(name, maximumMessageSizeBytes, messageRetentionSeconds, Date.now());
  }

  findQueue(name: string): StoredQueue | undefined {
    return this.#sql.find.get(name) as StoredQueue | undefined;
  }

  /** Returns the message's id when the message is on disk. */
  send(queue: string, message: NewMessage): string {
    const messageId = randomUUID();
    const nowMs = Date.now();
    const attributes = JSON.stringify(message.MessageAttributes);
    const visibleAtMs = nowMs + message.DelaySeconds * 1_000;
    this.#sql.send.run(messageId, queue, message.MessageBody, attributes, nowMs, visibleAtMs);
    return messageId;
  }

  receive(queue: string, countMax: number, visibilityTimeoutSeconds: number): readonly QueueMessage[] {
    const nowMs = Date.now();
    this.#sql.expire.run(queue, nowMs);
    const hiddenUntilMs = nowMs + visibilityTimeoutSeconds * 1_000;
    return this.#sql.receive.all(hiddenUntilMs, nowMs, queue, countMax).map(toMessage);
  }

  /** When the next message of this queue can be received; null when the queue is empty. */
  nextVisibleAtMs(queue: string): number | null {
    return (this.#sql.nextVisible.get(queue) as { readonly atMs: number | null }).atMs;
  }

  /** Reads one message after another, in the order sent. */
  *peek(queue: string): Generator<QueueMessage> {
    this.#sql.expire.run(queue, Date.now());
    // A statement of its own, because a statement reads only one result at a time.
    for (const row of this.#database.prepare(PEEK_OLDEST_FIRST).iterate(queue)) yield toMessage(row);
  }

  peekNewest(queue: string, countMax: number): readonly QueueMessage[] {
    this.#sql.expire.run(queue, Date.now());
    return this.#database.prepare(PEEK_NEWEST_FIRST).all(queue, countMax).map(toMessage);
  }

  count(queue: string): QueueCount {
    this.#sql.expire.run(queue, Date.now());
    return this.#sql.count.get(queue) as unknown as QueueCount;
  }

  /** As in SQS, an old receipt does not delete a message that was received again later. */
  delete(queue: string, { messageId, receiveCount }: Receipt): void {
    this.#sql.delete.run(queue, messageId, receiveCount);
  }

  /** Whether the message was in flight under this receipt. */
  setVisibility(queue: string, { messageId, receiveCount }: Receipt, timeoutSeconds: number): boolean {
    const nowMs = Date.now();
    const visibleAtMs = nowMs + timeoutSeconds * 1_000;
    const { changes } = this.#sql.setVisibility.run(visibleAtMs, queue, messageId, receiveCount, nowMs);
    return changes !== 0;
  }

  purge(queue: string): void {
    this.#sql.purge.run(queue);
  }

  depth(queue: string): QueueDepth {
    return this.#sql.depth.get(Date.now(), queue) as unknown as QueueDepth;
  }

  close(): void {
    this.#database.close();
  }
}

function toMessage(row: Record<string, unknown>): QueueMessage {
  return { ...row, attributes: JSON.parse(String(row['attributes'])) as unknown } as QueueMessage;
}
