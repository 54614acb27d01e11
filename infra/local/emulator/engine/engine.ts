export type EngineName = 'embedded' | 'dynamodb-local';

export interface Engine {
  readonly name: EngineName | 'external';
  readonly endpoint: string;
  /** Resolves if the engine ends without `stop()`. */
  readonly died: Promise<Error>;
  /** Call when the tables exist, so that the embedded engine can add an index to its stream. Idempotent. */
  afterTablesCreated(): Promise<void>;
  /** Ends the engine and frees its directory. Idempotent. */
  stop(): Promise<void>;
}

/** A running engine, without the lock on its directory. */
export type StartedEngine = Engine & {
  /** Absent for an external engine, which this run did not start. */
  readonly processId?: number;
};
