/** The ranking of one window. Rows move as the counts change. */
import type { ComponentChildren } from 'preact';
import { useEffect, useRef, useState } from 'preact/hooks';
import type { RankedRow } from '../../protocol.ts';
import { Card } from '../card.tsx';
import { whole } from '../format.ts';
import { ShownId } from '../ids/shown-id.tsx';
import { HeartButton } from '../restaurant/heart-button.tsx';
import { openRestaurant } from '../restaurant/shown-restaurant.ts';
import type { Hearts } from '../restaurant/use-hearts.ts';
import { useRowMoves } from './use-row-moves.ts';
import { DatedWindows, QuickWindows } from './window-choice.tsx';
import { titleOf } from './windows.ts';
import './leaderboard-panel.css';

interface LeaderboardProps {
  readonly window: string;
  readonly windows: readonly string[];
  /** Of the windows. */
  readonly timeZone: string;
  /** Undefined until the first snapshot. */
  readonly top: readonly RankedRow[] | undefined;
  /** Undefined if the page cannot write favourites. */
  readonly hearts: Hearts | undefined;
  /** Why it cannot, in a sentence. */
  readonly noHearts: string | undefined;
  readonly onWindow: (window: string) => void;
  readonly onUser: (user: string) => void;
}

export function LeaderboardPanel({
  window,
  windows,
  timeZone,
  top,
  hearts,
  noHearts,
  onWindow,
  onUser,
}: LeaderboardProps) {
  const body = useRef<HTMLTableSectionElement>(null);
  useRowMoves(body);
  const rows = top ?? [];
  const highest = rows[0]?.count ?? 1;
  return (
    <Card
      title={titleOf(window)}
      note={window === 'ALL_TIME' ? undefined : `in ${timeZone}`}
      actions={<QuickWindows window={window} windows={windows} timeZone={timeZone} onChoose={onWindow} />}
      className="leaderboard"
    >
      <DatedWindows window={window} windows={windows} onChoose={onWindow} />
      <table>
        <thead>
          <tr>
            <th scope="col" class="leaderboard-rank">
              <span class="visually-hidden">Rank</span>
              <span aria-hidden="true">#</span>
            </th>
            <th scope="col">Restaurant</th>
            <th scope="col" class="leaderboard-count">
              Favourites
            </th>
            {hearts && (
              <th scope="col" class="leaderboard-heart">
                <span class="visually-hidden">Favourite of {hearts.user}</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody ref={body}>
          {rows.map(({ restaurantId, count, rank }) => (
            <tr key={restaurantId} data-row={restaurantId}>
              <td class="leaderboard-rank">{rank}</td>
              <td class="leaderboard-name" style={{ '--share': count / highest }}>
                <button type="button" title={restaurantId} onClick={() => openRestaurant(restaurantId)}>
                  <ShownId id={restaurantId} />
                </button>
              </td>
              <Count value={count} />
              {hearts && (
                <td class="leaderboard-heart">
                  <HeartButton hearts={hearts} restaurant={restaurantId} />
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      {rows.length === 0 && (
        <p class="leaderboard-empty">
          {top ? `No favourites in ${titleOf(window)} yet.` : 'Reading…'}
          {top && hearts && ' Start the load, or mark a restaurant below.'}
        </p>
      )}
      {noHearts !== undefined && <p class="leaderboard-note">No hearts here. {noHearts}</p>}
      <OpenAny>{hearts && <UserField user={hearts.user} onUser={onUser} />}</OpenAny>
    </Card>
  );
}

function Count({ value }: { readonly value: number }) {
  const cell = useRef<HTMLTableCellElement>(null);
  const before = useRef(value);
  useEffect(() => {
    const isCalm = matchMedia('(prefers-reduced-motion: reduce)').matches;
    if (before.current !== value && !isCalm) {
      cell.current?.animate([{ color: 'var(--accent)' }, {}], { duration: 900, easing: 'ease-out' });
    }
    before.current = value;
  }, [value]);
  return (
    <td ref={cell} class="leaderboard-count">
      {whole(value)}
    </td>
  );
}

/** Opens a restaurant that is not in the list. */
function OpenAny({ children }: { readonly children?: ComponentChildren }) {
  const [restaurant, setRestaurant] = useState('');
  return (
    <form
      class="leaderboard-any"
      onSubmit={(event) => {
        event.preventDefault();
        if (restaurant !== '') openRestaurant(restaurant);
      }}
    >
      {children}
      <label class="leaderboard-find">
        <span>Any restaurant</span>
        <input
          value={restaurant}
          dir="auto"
          autocomplete="off"
          spellcheck={false}
          onInput={({ currentTarget }) => setRestaurant(currentTarget.value)}
        />
      </label>
      <button type="submit">Open</button>
    </form>
  );
}

/** Sets the user of the hearts. */
function UserField({ user, onUser }: { readonly user: string; readonly onUser: (user: string) => void }) {
  /** Set while the user types, because otherwise each snapshot would restore the old name. */
  const [typed, setTyped] = useState(user);
  return (
    <label>
      <span>Marking as</span>
      <input
        value={typed}
        dir="auto"
        autocomplete="off"
        spellcheck={false}
        onInput={({ currentTarget }) => setTyped(currentTarget.value)}
        onChange={({ currentTarget }) => {
          const chosen = currentTarget.value || user;
          setTyped(chosen);
          onUser(chosen);
        }}
      />
    </label>
  );
}
