/** The words of names that say what an attribute, a literal or a table is about. */

export type Topic =
  /** Someone who marks. */
  | 'user'
  /** What is marked. */
  | 'thing'
  /** The act of marking. */
  | 'favourite'
  /** Rows that are known not to be favourites, although they have the ids of a user and a thing. */
  | 'other'
  /** A constant in place of an id, such as the sort key `PROFILE`. */
  | 'constant'
  | 'deleted'
  | 'active';

const words: Readonly<Record<Topic, string>> = {
  user:
    'user usr u uid owner actor member mbr account acct profile follower liker customer client person ' +
    'people fan subscriber uploader viewer player guest buyer shopper reader visitor identity sub cognito ' +
    'principal who patron voter watcher collector eater diner student employee author by from',
  thing:
    'restaurant rest r p post product prod item target followee followed following thing object subject ' +
    'place venue song track album artist movie film book recipe article story listing property house hotel ' +
    'room shop store merchant vendor seller dish meal photo image picture video page channel event repo ' +
    'repository project course lesson job company brand team podcast show episode game app sku content ' +
    'resource document doc asset topic playlist pin tweet question answer offer deal car vehicle city spot ' +
    'poi gym plant pet station stop route line stock symbol coin liked to what cafe bar eatery trattoria',
  favourite:
    'fav favs fave faves favourite favorite favourites favorites favourited favorited fvt like likes liked ' +
    'liking save saves saved bookmark bookmarks bookmarked star stars starred follow follows following ' +
    'followed follower followee heart hearts hearted love loves loved wish wishlist wished mark marks ' +
    'marked upvote upvotes upvoted clap claps kudos subscription subscribed watchlist react reaction ' +
    'reactions thumb interest interested pinned pick picks ' +
    'picked shortlist shortlisted collection adore adored treasure',
  other:
    'order orders session sessions payment invoice cart basket message msg log logs audit token tokens ' +
    'device devices address review reviews rating ratings visit visits booking reservation ticket ' +
    'notification login transaction txn comment comments setting preference job counter lock migration ' +
    'inventory shipment refund cache',
  constant:
    'profile meta metadata info settings setting stats stat count counts counter summary account config ' +
    'details detail root main self total totals header list index version lock',
  deleted:
    'deleted delete removed remove archived hidden disabled inactive revoked unfavourited unfavorited ' +
    'unliked unfollowed unsaved unstarred unmarked cancelled canceled trashed del dead tombstone withdrawn ' +
    'expired ended blocked',
  active:
    'active enabled live current visible present favourited favorited favourite favorite fav liked ' +
    'following followed saved starred bookmarked on yes valid',
};

const topics = Object.keys(words) as readonly Topic[];
const sets: ReadonlyMap<Topic, ReadonlySet<string>> = new Map(
  topics.map((topic) => [topic, new Set(words[topic].split(' '))]),
);

/** The words of a name in lower case: `restaurantId`, `restaurant_id` and `RESTAURANT-ID` have the same. */
export function wordsOf(name: string): readonly string[] {
  const spaced = name
    .replaceAll(/([\p{Ll}\d])(\p{Lu})/gu, '$1 $2')
    .replaceAll(/(\p{Lu})(\p{Lu}\p{Ll})/gu, '$1 $2');
  return spaced.toLowerCase().match(/[\p{L}\d]+/gu) ?? [];
}

export function isWord(word: string, topic: Topic): boolean {
  const known = sets.get(topic) ?? new Set();
  return known.has(word) || known.has(word.replace(/(?<=..)s$/, '')) || known.has(word.replace(/ies$/, 'y'));
}

export function hasWord(name: string, topic: Topic): boolean {
  return wordsOf(name).some((word) => isWord(word, topic));
}

/** Whether every word of the text is in a list, so that the text is no id. */
export function isKnownWord(text: string): boolean {
  const all = wordsOf(text);
  return all.length > 0 && all.every((word) => topics.some((topic) => isWord(word, topic)));
}

/** How strongly a name says that it is the user (above 0) or the thing that is marked (below 0). */
export function leaningOf(name: string): number {
  const all = wordsOf(name);
  // `followed_by` and `liked_by_user` name the user; `target_user_id` and `followed_user` name the thing.
  if (all.includes('by') || all.includes('from')) return 3;
  if (all.some((word) => /^(?:target|followee|followed|following|followable|liked)$/.test(word))) return -3;
  const first = all.find((word) => isWord(word, 'thing') || isWord(word, 'user'));
  if (first === undefined) return 0;
  const isWeak = /^(?:profile|account|author|r|u|to|sub|line|on|from)$/.test(first);
  return (isWord(first, 'thing') ? -1 : 1) * (isWeak ? 1 : 3);
}

/** Names of ids: `userId`, `post_id`, `ownerUuid`. */
export function isIdName(name: string): boolean {
  return wordsOf(name).some((word) =>
    /^(?:id|ids|uuid|guid|ulid|uid|key|ref|pk|slug|arn|urn|handle)$/.test(word),
  );
}
