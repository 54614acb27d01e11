/**
 * The names of keys, attributes and indexes in the tables, shared by the stack, the handlers and the local
 * run. docs/data-model.md explains them.
 */
/** The table that the stack creates and the API writes if the setting `source` describes no other. */
export const favouritesTable = {
  partitionKey: 'restaurant_id_user_id',
  restaurantId: 'restaurant_id',
  userId: 'user_id',
  createdAt: 'created_at',
  byUserIndex: { name: 'by_user', partitionKey: 'user_id', sortKey: 'created_at' },
} as const;

export const countedFavouritesTable = {
  partitionKey: 'restaurant_id',
  sortKey: 'user_id',
  streamPosition: 'stream_position',
  /** Present exactly while the favourite is counted. */
  createdAt: 'created_at',
  /** Tombstones only. Epoch seconds; the TTL attribute. */
  expiresAt: 'expires_at',
} as const;

export const aggregatedFavouritesTable = {
  partitionKey: 'restaurant_id',
  sortKey: 'time_window',
  favouriteCount: 'favourite_count',
  updatedAt: 'updated_at',
  /** Grows by one with every change of the row, and on the ALL_TIME row with every change of a register. */
  revision: 'revision',
  rankingKey: 'ranking_key',
  /** Windows with a retention only. Epoch seconds; the TTL attribute. */
  expiresAt: 'expires_at',
  /** ALL_TIME rows only. Epoch milliseconds until which an audit holds the restaurant: events wait. */
  heldUntil: 'held_until',
  rankingIndex: { name: 'ranking', partitionKey: 'ranking_key', sortKey: 'favourite_count' },
} as const;

/**
 * One item while a reconcile runs, one with the identity of Favourites, and the sums of the last runs. They
 * have their own table, so that no scan and no ranking sees them.
 */
export const reconcileLeaseTable = {
  partitionKey: 'lease',
  owner: 'owner',
  /** Epoch seconds; the TTL attribute. The lease and the sums have it. */
  expiresAt: 'expires_at',
  /** The partition keys of the sums begin with this. */
  digestPrefix: 'digest#',
  sums: 'sums',
  /** In how many items these sums are. */
  parts: 'parts',
  tableName: 'table_name',
  tableId: 'table_id',
  rowIdForm: 'row_id_form',
} as const;
