/** Poison records with an error in the images of the row. */
import { type IdName, parseKeyPattern } from '../../../src/counting/source/key-pattern.ts';
import { PARTITION_KEY_BYTES_MAX } from '../../../src/counting/source/row-key.ts';
import {
  type DateAttribute,
  type DateFormat,
  isRestaurantInKey,
  needsNewImage,
  needsOldImage,
  type Source,
} from '../../../src/counting/source/source.ts';
import { type Malformations, type Sound, withImage, withStream } from './poison-record.ts';

/** Dates that do not exist, and texts and types that are no dates. */
const wrongDates = {
  rfc3339: {
    'no-such-day': { S: '2022-02-30T12:00:00Z' },
    'no-such-hour': { S: '2022-02-03T25:00:00Z' },
    'created-at-of-wrong-type': { N: '1659355200' },
  },
  sql: {
    'no-such-day': { S: '2022-02-30 12:00:00' },
    'no-such-hour': { S: '2022-02-03 25:00:00' },
    'created-at-of-wrong-type': { N: '1659355200' },
  },
  date: { 'no-such-day': { S: '2022-02-30' }, 'created-at-of-wrong-type': { N: '1659355200' } },
  'epoch-seconds': {
    'epoch-of-other-unit': { N: '1659355200000' },
    'created-at-of-wrong-type': { BOOL: true },
  },
  'epoch-milliseconds': {
    'epoch-of-other-unit': { N: '1659355200' },
    'created-at-of-wrong-type': { BOOL: true },
  },
} as const satisfies Readonly<Record<DateFormat, Readonly<Record<string, object>>>>;

export function imageMalformations(source: Source): Malformations {
  const { restaurant, user, createdAt, countedWhen } = source;
  const idsInKey = source.key.flatMap(({ pattern }) => parseKeyPattern(pattern ?? ' ').names);
  const other = (name: IdName, attribute: string) => (sound: Sound) =>
    withImage(sound, { [attribute]: { S: `${sound.ids[name]}-other` } });
  const comparesValue = countedWhen !== undefined && countedWhen.exists === undefined;
  return {
    ...(createdAt !== 'none' && dateMalformations(createdAt)),
    ...(needsNewImage(source) && {
      'no-image': (sound) => withStream(sound, { NewImage: undefined }),
      'image-is-null': (sound) => withStream(sound, { NewImage: null }),
    }),
    ...(needsOldImage(source) && {
      'remove-without-image': (sound) => ({
        ...withStream(sound, { NewImage: undefined }),
        eventName: 'REMOVE',
      }),
    }),
    ...(restaurant &&
      idsInKey.includes('restaurant') && {
        'other-restaurant': other('restaurant', restaurant.attribute),
      }),
    ...(user && idsInKey.includes('user') && { 'other-user': other('user', user.attribute) }),
    ...(restaurant && !isRestaurantInKey(source) && restaurantMalformations(restaurant.attribute)),
    ...(comparesValue && {
      'condition-of-wrong-type': (sound) => withImage(sound, { [countedWhen.attribute]: { L: [] } }),
    }),
  };
}

function dateMalformations({ attribute, format }: DateAttribute): Malformations {
  const values = {
    'no-created-at': undefined,
    'unreadable-created-at': { S: 'the day before yesterday' },
    ...wrongDates[format],
  };
  return Object.fromEntries(
    Object.entries(values).map(([kind, value]) => [
      kind,
      (sound) => withImage(sound, { [attribute]: value }),
    ]),
  );
}

function restaurantMalformations(attribute: string): Malformations {
  const values = {
    'restaurant-of-wrong-type': { BOOL: true },
    'empty-restaurant': { S: '' },
    'restaurant-too-long': { S: 'r'.repeat(PARTITION_KEY_BYTES_MAX + 1) },
    'restaurant-of-half-a-character': { S: 'poison-\ud800' },
  };
  return Object.fromEntries(
    Object.entries(values).map(([kind, value]) => [
      kind,
      (sound) => withImage(sound, { [attribute]: value }),
    ]),
  );
}
