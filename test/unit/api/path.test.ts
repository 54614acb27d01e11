import { describe, expect, it } from '@jest/globals';
import { isId, routePath } from '../../../src/api/path.ts';
import { Problem } from '../../../src/api/problem.ts';

function problemOf(method: string, path: string): Problem {
  try {
    routePath(method, path);
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

describe('a path of the API', () => {
  it.each([
    ['/users/ada/favourites/osteria', { userId: 'ada', restaurantId: 'osteria' }],
    ['/users/ada/favourites', { userId: 'ada' }],
    ['/restaurants/osteria/favourite-counts', { restaurantId: 'osteria' }],
    ['/restaurants', {}],
    ['/users/favourites/favourites', { userId: 'favourites' }],
    ['/users/favourites/favourites/favourites', { userId: 'favourites', restaurantId: 'favourites' }],
    ["/users/:user_id/favourites/é!'() &+", { userId: ':user_id', restaurantId: "é!'() &+" }],
  ])('%s is parsed into its route and ids', (path, key) => {
    expect(routePath('GET', path).key).toEqual(key);
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
  ])('with an invalid id gets 400, not 404: %s', (path) => {
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
  ])('that is unknown gets 404: %j', (path) => {
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
  ])('%s allows only %s', (path, allow, others) => {
    for (const method of allow.split(', '))
      expect(routePath(method, path).operation).toBeInstanceOf(Function);
    for (const method of others)
      expect(problemOf(method, path)).toMatchObject({ status: 405, headers: { allow } });
  });
});
