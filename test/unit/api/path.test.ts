import { describe, expect, it } from '@jest/globals';
import { isId, readPath } from '../../../src/api/path.ts';
import { Problem } from '../../../src/api/problem.ts';

function problemOf(method: string, path: string): Problem {
  try {
    readPath(method, path);
  } catch (thrown) {
    if (thrown instanceof Problem) return thrown;
    throw thrown;
  }
  throw new Error('the path was accepted');
}

describe('an id', () => {
  it.each([
    'ada',
    '42',
    'a b',
    ' a',
    'crêperie 🍮',
    '...',
    'a.',
    ':restaurant_id',
    "!'()*~",
    '\u200b',
    'a'.repeat(256),
    '🍮'.repeat(64),
  ])('can be %j', (id) => {
    expect(isId(id)).toBe(true);
  });

  it.each([
    '',
    ' ',
    '\u00a0\u3000\ufeff',
    '.',
    '..',
    'a/b',
    'a?b',
    'a#b',
    '100%',
    'a%2Fb',
    'a\u0000',
    'a\nb',
    '\u007f',
    '\u0085',
    '\ud800',
    'a'.repeat(257),
    '🍮'.repeat(65),
  ])('cannot be %j', (id) => {
    expect(isId(id)).toBe(false);
  });
});

describe('a path', () => {
  it.each([
    ['/users/ada/favourites/osteria', { user_id: 'ada', restaurant_id: 'osteria' }],
    ['/users/ada/favourites', { user_id: 'ada' }],
    ['/restaurants/osteria/favourite-counts', { restaurant_id: 'osteria' }],
    ['/restaurants', {}],
    ['/users/favourites/favourites', { user_id: 'favourites' }],
    ['/users/favourites/favourites/favourites', { user_id: 'favourites', restaurant_id: 'favourites' }],
  ])('%s names its ids', (path, ids) => {
    expect(readPath('GET', path)).toMatchObject({ path, ids });
  });

  it('is encoded anew, so that decoding gives the ids that came', () => {
    expect(readPath('GET', "/users/:restaurant_id/favourites/é!'() &+").path).toBe(
      '/users/%3Arestaurant_id/favourites/%C3%A9%21%27%28%29%20%26%2B',
    );
  });

  it.each([
    '/users/ada/favourites/a/b',
    '/users/ada/bob/favourites',
    '/users//favourites',
    '/users/ada/favourites/',
    '/users/ada/favourites/a/',
    '/users/ada/favourites/..',
    '/users/./favourites/a',
    '/users/ada/favourites/a?limit=1',
    '/users/ada/favourites/100%',
    '/users/ada/favourites/a\nb',
    '/restaurants//favourite-counts',
    '/restaurants/a/b/favourite-counts',
    `/users/${'a'.repeat(100_000)}/favourites`,
  ])('with an id that cannot be one is a 400 and no 404: %s', (path) => {
    expect(problemOf('GET', path)).toMatchObject({
      status: 400,
      message: expect.stringContaining('1 to 256 bytes'),
    });
  });

  it.each([
    '/',
    '',
    '/users',
    '/users/ada',
    '/favourites',
    '/restaurants/',
    '/restaurants/osteria',
    '//restaurants',
    '/Restaurants',
    'restaurants',
    '/restaurants\n',
    '/index.html',
  ])('that is none of ours is a 404: %j', (path) => {
    expect(problemOf('GET', path).status).toBe(404);
  });

  it.each([
    [
      '/users/ada/favourites/osteria',
      'GET, PUT, DELETE',
      ['POST', 'PATCH', 'HEAD', 'OPTIONS', 'TRACE', 'CONNECT', 'get', 'FOO', ''],
    ],
    ['/users/ada/favourites', 'GET', ['PUT', 'DELETE', 'HEAD']],
    ['/restaurants/osteria/favourite-counts', 'GET', ['POST', 'OPTIONS']],
    ['/restaurants', 'GET', ['DELETE', 'PROPFIND']],
  ])('%s answers to %s and nothing else', (path, allow, others) => {
    for (const method of allow.split(', ')) expect(readPath(method, path).path).toBe(path);
    for (const method of others)
      expect(problemOf(method, path)).toMatchObject({ status: 405, headers: { allow } });
  });
});
