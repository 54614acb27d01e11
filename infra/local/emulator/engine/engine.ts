export type EngineName = 'embedded' | 'dynamodb-local';

export interface Engine {
  readonly name: EngineName | 'external';
  readonly endpoint: string;
  /** Resolves when the engine ended without `stop()`; stays pending otherwise. */
  readonly died: Promise<Error>;
  /**
   * Call once the tables exist: the embedded engine then adds the index that its stream lacks. Idempotent.
   */
  afterTablesCreated(): Promise<void>;
  /** Ends the engine and frees its directory. Idempotent. */
  stop(): Promise<void>;
}

/** An engine without the lock on its directory. */
export type StartedEngine = Engine & {
  /** Absent for an external engine, which is not ours. */
  readonly processId?: number;
};
