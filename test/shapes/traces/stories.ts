/**
 * The stories that most shapes share: short sequences of writes whose order matters. A story is early if it
 * ends with a rejected row that still counts, so that a seed after half of the trace finds the row rejected.
 */
import { instants } from './dates.ts';
import { type Flag, type Item, keyOf, type Layout, type Value, withAttribute, type Write } from './layout.ts';

export type Story = readonly Write[];

export interface Stories {
  /** They end within the first half of the trace. */
  readonly early: readonly Story[];
  readonly anywhere: readonly Story[];
  /** They begin after the early ones have ended. */
  readonly late: readonly Story[];
}

/** Writes rows of a layout. Every user of a story has rows of that story alone. */
export function writerOf(layout: Layout) {
  const { date, row } = layout;
  return {
    row: (user: string, restaurant: string, on: keyof typeof instants | Value = 'august', copy = 0): Item =>
      row({ user, restaurant, date: typeof on === 'string' ? date(instants[on]) : on, copy }),
    undated: (user: string, restaurant: string): Item => row({ user, restaurant, date: undefined }),
    redated: (item: Item, value: Value | undefined): Item => withAttribute(item, layout.dateAttribute, value),
    dated: (item: Item, on: keyof typeof instants): Item =>
      withAttribute(item, layout.dateAttribute, date(instants[on])),
    put: (item: Item): Write => ({ put: item }),
    delete: (item: Item): Write => ({ delete: keyOf(layout, item) }),
  };
}

export function commonStories(layout: Layout): Stories {
  const { early, late } = layout.isUpdated ? rejectedUpdates(layout) : { early: [], late: [] };
  const updates = layout.isUpdated ? [...updatesInPlace(layout), ...late] : [];
  const flagged = layout.flag === undefined ? noStories : flagStories(layout, layout.flag);
  const moved =
    layout.restaurantAttribute === undefined ? noStories : moveStories(layout, layout.restaurantAttribute);
  return {
    early: [...early, ...flagged.early, ...moved.early],
    anywhere: [
      ...marksAgain(layout),
      ...oddIds(layout),
      ...rejectedInserts(layout),
      ...updates,
      ...flagged.anywhere,
      ...moved.anywhere,
    ],
    late: [...flagged.late, ...moved.late],
  };
}

const noStories: Stories = { early: [], anywhere: [], late: [] };

/** Marks, un-marks and marks again; also a second un-mark, and puts that repeat or extend the row. */
function marksAgain(layout: Layout): readonly Story[] {
  const { row, put, delete: unmark } = writerOf(layout);
  const first = row('ada', 'r1', 'lastOfJuly');
  const second = row('bea', 'r1', 'firstOfAugust');
  const noted = withAttribute(second, 'note', { S: 'by the window' });
  return [
    [put(first), unmark(first), put(row('ada', 'r1', 'september')), unmark(first), unmark(first)],
    [put(row('ada', 'r2', 'august')), unmark(row('ada', 'r2')), put(row('ada', 'r2', 'lastOfAugust'))],
    [put(second), put(second), put(noted), put(noted)],
    [put(row('bea', 'r2')), unmark(row('bea', 'r2')), put(row('bea', 'r2')), unmark(row('bea', 'r2'))],
    [unmark(row('bea', 'r3'))],
  ];
}

function oddIds(layout: Layout): readonly Story[] {
  const { row, put, delete: unmark } = writerOf(layout);
  const { oddRestaurants: odd } = layout;
  // A numeric key takes no text as a user.
  const oddUsers = 'N' in (row('cyd', 'r1')[layout.key[0] ?? ''] ?? {}) ? [] : odd.slice(0, 8);
  return [
    ...odd.map((id) => [
      put(row('cyd', id, 'lastOfJuly')),
      put(row('dov', id, 'firstOfAugust')),
      unmark(row('cyd', id)),
    ]),
    ...oddUsers.map((id) => [put(row(id, 'r4'))]),
  ];
}

/** Rows that are rejected from the start: some stay so, some are deleted, some are corrected. */
function rejectedInserts(layout: Layout): readonly Story[] {
  const { row, redated, put, delete: unmark } = writerOf(layout);
  const again = row('bea', 'r5');
  const markedAgain = layout.unreadableDates
    .slice(-1)
    .map((value) => [put(again), unmark(again), put(redated(again, value))]);
  const fromTheStart = layout.unreadableDates.map((value, at) => {
    const good = row(`eve${Math.floor(at / 9)}`, `r${(at % 9) + 1}`);
    const bad = redated(good, value);
    const ends = [[], [unmark(bad)], [unmark(bad), put(good)], [unmark(bad), put(good), unmark(good)]];
    return [put(bad), ...(ends[at % ends.length] ?? [])];
  });
  return [...markedAgain, ...fromTheStart];
}

/** Dates that are edited, and rows that are marked again by a put without a delete. */
function updatesInPlace(layout: Layout): readonly Story[] {
  const { row, dated, put, delete: unmark } = writerOf(layout);
  const first = row('fay', 'r1', 'lastOfJuly');
  const second = row('fay', 'r2', 'august');
  return [
    [put(first), put(dated(first, 'firstOfAugust')), put(dated(first, 'lastOfJuly')), unmark(first)],
    [put(second), put(dated(second, 'september')), put(dated(second, 'lastOfJuly'))],
    [put(row('fay', 'r3', 'lastOfJuly')), put(row('fay', 'r3', 'september'))],
  ];
}

/** Rows that a bad date makes unreadable, or that a good date completes. */
function rejectedUpdates(layout: Layout): Pick<Stories, 'early' | 'late'> {
  const { row, redated, dated, put, delete: unmark } = writerOf(layout);
  const [absent, ...others] = layout.unreadableDates;
  const bad = (item: Item, at: number): Item => redated(item, at === 0 ? absent : others[at % others.length]);
  const noted = (item: Item): Item => withAttribute(item, 'note', { S: 'twice' });
  const story = (user: string, restaurant: string) => row(user, restaurant, 'lastOfJuly');
  const [g1, g2, g3, g4] = ['r1', 'r2', 'r3', 'r4'].map((id) => story('gus', id)) as [Item, Item, Item, Item];
  const [h1, h2, h3, h4] = ['r1', 'r2', 'r3', 'r4'].map((id) => story('hal', id)) as [Item, Item, Item, Item];
  return {
    early: [
      // Keeps counting as on the last day of July until a repair.
      [put(g1), put(bad(g1, 0))],
      // Keeps counting as in September.
      [put(bad(g2, 1)), put(dated(g2, 'september')), put(bad(g2, 2)), put(noted(bad(g2, 3)))],
      // Does not count, because it was un-marked before.
      [put(g3), unmark(g3), put(bad(g3, 0)), put(noted(bad(g3, 0)))],
      [put(g4), put(bad(g4, 4)), unmark(g4), put(g4), put(bad(g4, 5))],
    ],
    late: [
      // Completed later.
      [put(bad(h1, 0)), put(dated(h1, 'august'))],
      [put(h2), put(bad(h2, 1)), put(dated(h2, 'september'))],
      // Deleted while it is rejected, though it still counts.
      [put(h3), put(bad(h3, 2)), unmark(h3)],
      [put(h4), put(bad(h4, 3)), unmark(h4), put(bad(h4, 4)), put(h4), unmark(h4)],
    ],
  };
}

/** Rows that a flag takes out of the counts, even if their date is unreadable. */
function flagStories(layout: Layout, { attribute, shown, hidden, unreadable }: Flag): Stories {
  const { row, redated, dated, put, delete: remove } = writerOf(layout);
  const [i1, i2, i3, i4] = ['r1', 'r2', 'r3', 'r4'].map((id) => row('ivy', id)) as [Item, Item, Item, Item];
  const [j1, j2, j3, j4] = ['r1', 'r2', 'r3', 'r4'].map((id) => row('jon', id)) as [Item, Item, Item, Item];
  const hide = (item: Item, at = 0): Item => withAttribute(item, attribute, hidden[at % hidden.length]);
  const show = (item: Item, at: number): Item => withAttribute(item, attribute, shown[at % shown.length]);
  const bad = redated(j2, layout.unreadableDates[1]);
  return {
    early: [
      [put(i1), put(hide(i1))],
      ...unreadable.slice(0, 1).map((value) => [put(i2), put(withAttribute(i2, attribute, value))]),
    ],
    anywhere: [
      [put(i3), ...hidden.flatMap((_, at) => [put(hide(i3, at)), put(show(i3, at + 1))])],
      [put(hide(i4)), put(i4), put(hide(i4)), remove(i4)],
      [put(hide(j1)), remove(j1)],
      [put(j2), put(hide(bad)), put(bad), put(dated(j2, 'september'))],
      [put(j3), put(hide(j3)), put(redated(j3, layout.unreadableDates[2]))],
      ...unreadable.map((value, at) => {
        const flagged = withAttribute(row('kai', `r${at + 1}`), attribute, value);
        return [put(flagged), put(show(flagged, 0)), put(flagged), put(hide(flagged))];
      }),
      [put(redated(j4, undefined)), put(hide(j4)), put(show(dated(j4, 'lastOfJuly'), 1))],
    ],
    // As TTL deletes it, weeks later.
    late: [[remove(i1)]],
  };
}

/** Rows that change their restaurant, lose it, or get one that cannot be read. */
function moveStories(layout: Layout, attribute: string): Stories {
  const { row, redated, dated, put, delete: unmark } = writerOf(layout);
  const to = (item: Item, restaurant: string): Item =>
    withAttribute(item, attribute, row('kim', restaurant)[attribute]);
  const without = (item: Item): Item => withAttribute(item, attribute, undefined);
  const bad = (item: Item): Item => redated(item, layout.unreadableDates[1]);
  const unreadable: readonly Value[] = [{ BOOL: true }, { S: '' }, { L: [{ S: 'r1' }] }, { SS: ['r1'] }];
  const lost = (item: Item, at: number): Item => withAttribute(item, attribute, unreadable[at]);
  const [k1, k2, k3, k4] = ['r1', 'r2', 'r3', 'r4'].map((id) => row('kim', id)) as [Item, Item, Item, Item];
  const [l1, l2, l3, l4] = ['r1', 'r2', 'r3', 'r4'].map((id) => row('lea', id)) as [Item, Item, Item, Item];
  const [m1, m2, m3, m4] = ['r1', 'r2', 'r3', 'r4'].map((id) => row('max', id)) as [Item, Item, Item, Item];
  const copies = [1, 2, 3].map((copy) => row('max', 'r5', 'august', copy));
  return {
    early: [
      // Moves and is spoiled at once: the old restaurant loses it, the new one does not get it.
      [put(k1), put(bad(to(k1, 'r5')))],
      // Moves, is spoiled, and keeps counting where it is.
      [put(k2), put(to(k2, 'r5')), put(bad(to(k2, 'r5')))],
      // Is spoiled, keeps counting, and leaves while it is rejected.
      [put(k3), put(bad(k3)), put(bad(to(k3, 'r5'))), put(bad(k3))],
      [put(k4), put(lost(k4, 0)), put(lost(k4, 1)), put(bad(k4))],
    ],
    anywhere: [
      [put(l1), put(to(l1, 'r2')), put(to(l1, 'r3')), put(l1), put(to(l1, 'r2')), unmark(l1)],
      [put(l2), put(to(dated(l2, 'september'), 'r1')), put(to(dated(l2, 'lastOfJuly'), 'r3'))],
      // Turned into another kind of item, and back.
      [
        put(l3),
        put(without(l3)),
        put(l3),
        put(withAttribute(l3, attribute, { NULL: true })),
        put(to(l3, 'r1')),
      ],
      [put(without(l4)), put(l4), put(without(l4)), unmark(l4), put(l4), unmark(l4)],
      ...unreadable.map((_, at) => [put(lost(row('ned', `r${at + 1}`), at)), put(row('ned', `r${at + 1}`))]),
      [put(m1), put(lost(m1, 2)), put(to(m1, 'r4'))],
      [put(m2), put(lost(m2, 3)), put(without(m2)), put(bad(m2)), unmark(m2)],
      [put(bad(m3)), put(bad(to(m3, 'r4'))), put(to(m3, 'r4'))],
      [put(m4), put(without(bad(m4))), put(m4)],
      // Rows of one owner and one restaurant, where the key allows them.
      [...copies.map(put), unmark(copies[0] ?? m1), put(to(copies[1] ?? m1, 'r6'))],
    ],
    late: [],
  };
}
