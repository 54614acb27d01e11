// The queues' messages on disk. In WAL mode what was answered survives `kill -9`; like the database beside it, it is not synced to
// the disk on every commit, so a power cut can lose the last moments.

import { randomUUID } from 'node:crypto';
import { DatabaseSync } from 'node:sqlite';
import type { MessageAttributes, QueueMessage } from './message.ts';
import { readAttributes } from './read-attributes.ts';

export interface QueueSettings {
  readonly name: string;
  readonly maximumMessageSizeBytes: number;
  readonly messageRetentionSeconds: number;
}

export interface NewMessage {
  readonly body: string;
  readonly attributes: MessageAttributes;
  readonly delaySeconds: number;
}

export interface ReceivedMessage extends QueueMessage {
  readonly receiptHandle: string;
  readonly firstReceivedAtMs: number;
}

export interface QueueDepth {
  readonly visible: number;
  readonly inFlight: number;
  readonly delayed: number;
}

/** A receipt handle names the message and the one hand-out that it belongs to. */
interface Receipt {
  readonly messageId: string;
  readonly receiveCount: number;
}

export type QueueStore = ReturnType<typeof openQueueStore>;

const SCHEMA = `
  PRAGMA journal_mode = WAL;
  PRAGMA synchronous = NORMAL;
  CREATE TABLE IF NOT EXISTS queue (
    name TEXT PRIMARY KEY, maximum_message_size_bytes INTEGER NOT NULL,
    message_retention_seconds INTEGER NOT NULL, created_at_ms INTEGER NOT NULL
  ) STRICT;
  CREATE TABLE IF NOT EXISTS message (
    position INTEGER PRIMARY KEY AUTOINCREMENT, message_id TEXT NOT NULL UNIQUE, queue TEXT NOT NULL REFERENCES queue (name),
    body TEXT NOT NULL, attributes TEXT NOT NULL, sent_at_ms INTEGER NOT NULL, visible_at_ms INTEGER NOT NULL,
    receive_count INTEGER NOT NULL DEFAULT 0, first_received_at_ms INTEGER
  ) STRICT;
  CREATE INDEX IF NOT EXISTS message_by_visibility ON message (queue, visible_at_ms, position);
`;

const MESSAGE =
  'message_id AS messageId, body, attributes, sent_at_ms AS sentAtMs, receive_count AS receiveCount, first_received_at_ms AS firstReceivedAtMs';

export function openQueueStore(file: string, now: () => number = Date.now) {
  const database = new DatabaseSync(file, { timeout: 5_000 });
  database.exec(SCHEMA);
  const sql = {
    create: database.prepare(
      `INSERT INTO queue VALUES (?, ?, ?, ?) ON CONFLICT (name) DO UPDATE SET
         maximum_message_size_bytes = excluded.maximum_message_size_bytes,
         message_retention_seconds = excluded.message_retention_seconds`,
    ),
    find: database.prepare(
      `SELECT name, maximum_message_size_bytes AS maximumMessageSizeBytes,
         message_retention_seconds AS messageRetentionSeconds, created_at_ms AS createdAtMs FROM queue WHERE name = ?`,
    ),
    send: database.prepare(
      'INSERT INTO message (message_id, queue, body, attributes, sent_at_ms, visible_at_ms) VALUES (?, ?, ?, ?, ?, ?)',
    ),
    expire: database.prepare(
      `DELETE FROM message WHERE queue = ?1 AND sent_at_ms <
         ?2 - (SELECT message_retention_seconds FROM queue WHERE name = ?1) * 1000`,
    ),
    receive: database.prepare(
      `UPDATE message SET visible_at_ms = ?1, receive_count = receive_count + 1,
         first_received_at_ms = coalesce(first_received_at_ms, ?2)
       WHERE position IN
         (SELECT position FROM message WHERE queue = ?3 AND visible_at_ms <= ?2 ORDER BY visible_at_ms, position LIMIT ?4)
       RETURNING ${MESSAGE}`,
    ),
    nextVisible: database.prepare('SELECT min(visible_at_ms) AS atMs FROM message WHERE queue = ?'),
    peek: database.prepare(`SELECT ${MESSAGE} FROM message WHERE queue = ? ORDER BY position`),
    delete: database.prepare('DELETE FROM message WHERE queue = ? AND message_id = ? AND receive_count = ?'),
    setVisibility: database.prepare(
      `UPDATE message SET visible_at_ms = ?1
       WHERE queue = ?2 AND message_id = ?3 AND receive_count = ?4 AND visible_at_ms > ?5`,
    ),
    purge: database.prepare('DELETE FROM message WHERE queue = ?'),
    depth: database.prepare(
      `SELECT count(*) FILTER (WHERE visible_at_ms <= ?1) AS visible,
         count(*) FILTER (WHERE visible_at_ms > ?1 AND receive_count > 0) AS inFlight,
         count(*) FILTER (WHERE visible_at_ms > ?1 AND receive_count = 0) AS delayed FROM message WHERE queue = ?2`,
    ),
  };

  return {
    /** Idempotent: the messages of a queue that exists stay. */
    createQueue(queue: QueueSettings): void {
      sql.create.run(queue.name, queue.maximumMessageSizeBytes, queue.messageRetentionSeconds, now());
    },

    findQueue(name: string): (QueueSettings & { readonly createdAtMs: number }) | undefined {
      const row = sql.find.get(name);
      return row === undefined
        ? undefined
        : {
            name,
            maximumMessageSizeBytes: Number(row['maximumMessageSizeBytes']),
            messageRetentionSeconds: Number(row['messageRetentionSeconds']),
            createdAtMs: Number(row['createdAtMs']),
          };
    },

    /** @returns the message's id; it is on disk then */
    send(queue: string, message: NewMessage): string {
      const messageId = randomUUID();
      const sentAtMs = now();
      const attributes = JSON.stringify(message.attributes);
      sql.send.run(
        messageId,
        queue,
        message.body,
        attributes,
        sentAtMs,
        sentAtMs + message.delaySeconds * 1_000,
      );
      return messageId;
    },

    receive(
      queue: string,
      o: { readonly countMax: number; readonly visibilityTimeoutSeconds: number },
    ): ReceivedMessage[] {
      const atMs = now();
      sql.expire.run(queue, atMs);
      return sql.receive
        .all(atMs + o.visibilityTimeoutSeconds * 1_000, atMs, queue, o.countMax)
        .map((row) => {
          const message = toMessage(row);
          return {
            ...message,
            receiptHandle: writeReceipt(message),
            firstReceivedAtMs: Number(row['firstReceivedAtMs']),
          };
        });
    },

    /** When the next message of this queue can be received, in ms since the epoch; nothing when it is empty. */
    nextVisibleAtMs(queue: string): number | undefined {
      const atMs = sql.nextVisible.get(queue)?.['atMs'];
      return typeof atMs === 'number' ? atMs : undefined;
    },

    /** All messages, in the order sent, received or not; touches nothing. */
    peek(queue: string): readonly QueueMessage[] {
      sql.expire.run(queue, now());
      return sql.peek.all(queue).map(toMessage);
    },

    /** As on a standard queue, a receipt that a later hand-out has replaced deletes nothing. */
    delete(queue: string, receipt: Receipt): void {
      sql.delete.run(queue, receipt.messageId, receipt.receiveCount);
    },

    /** @returns whether the message was in flight under this receipt */
    setVisibility(queue: string, receipt: Receipt, timeoutSeconds: number): boolean {
      const atMs = now();
      const { messageId, receiveCount } = receipt;
      const { changes } = sql.setVisibility.run(
        atMs + timeoutSeconds * 1_000,
        queue,
        messageId,
        receiveCount,
        atMs,
      );
      return Number(changes) > 0;
    },

    purge(queue: string): void {
      sql.purge.run(queue);
    },

    depth(queue: string): QueueDepth {
      const row = sql.depth.get(now(), queue);
      return {
        visible: Number(row?.['visible']),
        inFlight: Number(row?.['inFlight']),
        delayed: Number(row?.['delayed']),
      };
    },

    close(): void {
      database.close();
    },
  };
}

/** @returns nothing for a text that is no receipt handle */
export function readReceipt(handle: string): Receipt | undefined {
  const match = /^([0-9a-f-]{36}) (\d+)$/.exec(Buffer.from(handle, 'base64').toString('utf8'));
  return match?.[1] === undefined ? undefined : { messageId: match[1], receiveCount: Number(match[2]) };
}

function writeReceipt(receipt: Receipt): string {
  return Buffer.from(`${receipt.messageId} ${receipt.receiveCount}`, 'utf8').toString('base64');
}

function toMessage(row: Record<string, unknown>): QueueMessage {
  return {
    messageId: String(row['messageId']),
    body: String(row['body']),
    attributes: readAttributes(JSON.parse(String(row['attributes']))),
    sentAtMs: Number(row['sentAtMs']),
    receiveCount: Number(row['receiveCount']),
  };
}
