/** Poison records with an error in the key. */
import { type Ids, parseKeyPattern } from '../../../src/counting/source/key-pattern.ts';
import { PARTITION_KEY_BYTES_MAX, SORT_KEY_BYTES_MAX } from '../../../src/counting/source/row-key.ts';
import type { KeyAttribute, Source } from '../../../src/counting/source/source.ts';
import { literalBetween } from '../invented-rows.ts';
import { type Malformations, type Sound, withKey, withStream } from './poison-record.ts';

export function keyMalformations({ key }: Source): Malformations {
  const otherName = (sound: Sound) =>
    Object.fromEntries(Object.entries(sound.key).map(([name, value]) => [`other_${name}`, value]));
  const firstOnly = (sound: Sound) => Object.fromEntries(Object.entries(sound.key).slice(0, 1));
  return {
    'no-key': (sound) => withStream(sound, { Keys: {} }),
    'keys-not-an-object': (sound) => withStream(sound, { Keys: `poison-${sound.nonce}` }),
    'key-of-other-name': (sound) => withStream(sound, { Keys: otherName(sound) }),
    ...(key.length === 1
      ? { 'extra-sort-key': (sound) => withStream(sound, { Keys: { ...sound.key, sort_key: { S: 's' } } }) }
      : { 'no-sort-key': (sound) => withStream(sound, { Keys: firstOnly(sound) }) }),
    ...Object.fromEntries(key.flatMap((attribute, at) => Object.entries(partMalformations(attribute, at)))),
  };
}

/** The errors of one attribute of the key. @param at 0 for the partition key, 1 for the sort key */
function partMalformations({ name, type, pattern }: KeyAttribute, at: number): Malformations {
  const texts = type === 'N' ? numberErrors : textErrors(pattern, at);
  const wrong = (sound: Sound) => (type === 'S' ? { N: sound.nonce } : { S: sound.nonce });
  const errors: Malformations = {
    'key-of-wrong-type': (sound) => withStream(sound, { Keys: { ...sound.key, [name]: wrong(sound) } }),
    ...Object.fromEntries(
      Object.entries(texts).map(([kind, textOf]) => [
        kind,
        (sound: Sound) => withKey(sound, name, { [type]: textOf(sound) }),
      ]),
    ),
  };
  if (at === 0) return errors;
  return Object.fromEntries(Object.entries(errors).map(([kind, malform]) => [`sort-${kind}`, malform]));
}

type KeyTexts = Readonly<Record<string, (sound: Sound) => string>>;

const numberErrors: KeyTexts = {
  'empty-key': () => '',
  'key-of-letters': ({ nonce }) => `${nonce}x`,
  'key-of-39-digits': ({ nonce }) => `1${nonce}1`.padStart(39, '1'),
};

/** Texts that have every literal of the pattern, so that they are not the key of another kind of item. */
function textErrors(pattern: string | undefined, at: number): KeyTexts {
  const bytesMax = at === 0 ? PARTITION_KEY_BYTES_MAX : SORT_KEY_BYTES_MAX;
  const parsed = parseKeyPattern(pattern ?? '{user}');
  const { names, prefix, suffix } = parsed;
  const between = literalBetween(pattern ?? '');
  if (names.length === 0) return {};
  const isOpen = prefix === '' && suffix === '';
  const idsBut = ({ ids }: Sound, changes: Ids) => parsed.write({ ...ids, ...changes });
  return {
    'empty-key': () => (isOpen ? '' : parsed.write({})),
    'key-too-long': (sound) => {
      const longest = names.at(-1) ?? 'user';
      const length = Buffer.byteLength(idsBut(sound, { [longest]: '' }));
      return idsBut(sound, { [longest]: 'u'.repeat(bytesMax + 1 - length) });
    },
    'lone-surrogate': (sound) =>
      idsBut(sound, { restaurant: `${sound.ids.restaurant}\ud800`, user: `${sound.ids.user}\udc00` }),
    ...(between !== undefined && {
      'key-without-user': (sound) => idsBut(sound, { user: '' }),
      'key-without-restaurant': (sound) => idsBut(sound, { restaurant: '' }),
      'ambiguous-key': (sound) => idsBut(sound, { user: `a${between}b` }),
      ...(isOpen && {
        'key-without-separator': ({ ids }) => ids.restaurant,
        'control-characters': ({ ids }) => `${ids.restaurant}\u0000\u0007\u001b\u2028\ufffe`,
      }),
    }),
  };
}
