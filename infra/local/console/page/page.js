// The live page: one stream of snapshots (see ../protocol.ts for their names), drawn as they come.

const MONTHS = ['JAN', 'FEB', 'MAR', 'APR', 'MAY', 'JUN', 'JUL', 'AUG', 'SEP', 'OCT', 'NOV', 'DEC'];
const MONTH_NAMES = [
  'January',
  'February',
  'March',
  'April',
  'May',
  'June',
  'July',
  'August',
  'September',
  'October',
  'November',
  'December',
];
/** Samples in the little lines: at 2.5 a second about a minute. */
const LINE_SAMPLES = 150;
const LINE_SAMPLES_MIN = 20;

const element = (id) => document.getElementById(id);
const whole = new Intl.NumberFormat('en-US', { maximumFractionDigits: 0 });
const fraction = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 3 });
const calm = matchMedia('(prefers-reduced-motion: reduce)');

let shownWindow = 'ALL_TIME';
let knownWindows = ['ALL_TIME'];
let stream;
const lines = { rate: [], lag: [] };

connect();
element('windows').addEventListener('click', ({ target }) => {
  const choice = target.closest('button')?.dataset.window;
  if (choice) show(quickWindow(choice));
});
element('month').addEventListener('change', ({ target }) => show(target.value || 'ALL_TIME'));
element('day').addEventListener('change', ({ target }) => show(target.value || element('month').value));
element('recount').addEventListener('click', () => {
  element('recount').disabled = true;
  fetch('/console/recount', { method: 'POST' }).catch(() => {});
});

function connect() {
  stream?.close();
  const source = new EventSource(`/console/events?window=${encodeURIComponent(shownWindow)}`);
  stream = source;
  source.addEventListener('open', () => setConnection('live', 'Live'));
  source.addEventListener('error', () => setConnection('lost', 'Connection lost, trying again'));
  source.addEventListener('windows', ({ data }) => {
    knownWindows = JSON.parse(data);
    drawWindowChoices();
  });
  source.addEventListener('snapshot', ({ data }) => draw(JSON.parse(data)));
}

function setConnection(state, text) {
  const status = element('connection');
  if (status.dataset.state === state) return;
  status.dataset.state = state;
  status.textContent = text;
}

function show(window) {
  if (window === shownWindow) return;
  shownWindow = window;
  element('ranking').replaceChildren();
  drawWindowChoices();
  connect();
}

function quickWindow(choice) {
  const now = new Date().toISOString();
  if (choice === 'this-month') return monthOfDay(now.slice(0, 10).replaceAll('-', ''));
  return choice === 'today' ? now.slice(0, 10).replaceAll('-', '') : 'ALL_TIME';
}

const isDay = (window) => /^\d{8}$/.test(window);
const monthOfDay = (day) => `${MONTHS[Number(day.slice(4, 6)) - 1]}_${day.slice(0, 4)}`;
const sortKey = (month) => month.slice(4) + String(MONTHS.indexOf(month.slice(0, 3))).padStart(2, '0');

function titleOf(window) {
  if (window === 'ALL_TIME') return 'All time';
  const month = isDay(window) ? monthOfDay(window) : window;
  const title = `${MONTH_NAMES[MONTHS.indexOf(month.slice(0, 3))]} ${month.slice(4)}`;
  return isDay(window) ? `${Number(window.slice(6))} ${title}` : title;
}

function drawWindowChoices() {
  const shownMonth = isDay(shownWindow) ? monthOfDay(shownWindow) : shownWindow;
  const days = knownWindows.filter(isDay);
  const months = new Set(knownWindows.filter((window) => window !== 'ALL_TIME' && !isDay(window)));
  for (const day of days) months.add(monthOfDay(day));
  if (shownMonth !== 'ALL_TIME') months.add(shownMonth);
  const newestFirst = [...months].sort((a, b) => (sortKey(a) < sortKey(b) ? 1 : -1));
  setOptions(element('month'), [['', 'All time'], ...newestFirst.map((month) => [month, titleOf(month)])]);
  element('month').value = shownMonth === 'ALL_TIME' ? '' : shownMonth;

  const daysShown = new Set(days.filter((day) => monthOfDay(day) === shownMonth));
  if (isDay(shownWindow)) daysShown.add(shownWindow);
  const latestFirst = [...daysShown].sort().toReversed();
  setOptions(element('day'), [
    ['', 'Whole month'],
    ...latestFirst.map((day) => [day, String(Number(day.slice(6)))]),
  ]);
  element('day').value = isDay(shownWindow) ? shownWindow : '';
  element('day').disabled = shownMonth === 'ALL_TIME';

  for (const button of element('windows').querySelectorAll('button')) {
    button.setAttribute('aria-pressed', String(quickWindow(button.dataset.window) === shownWindow));
  }
  element('board-title').textContent = titleOf(shownWindow);
}

/** Leaves a list that is the same alone: it may be open under someone's pointer. */
function setOptions(select, options) {
  const signature = JSON.stringify(options);
  if (select.dataset.signature === signature) return;
  select.dataset.signature = signature;
  select.replaceChildren(...options.map(([value, text]) => new Option(text, value)));
}

function draw(snapshot) {
  if (snapshot.window === shownWindow) drawRanking(snapshot.top);
  drawFigures(snapshot.figures);
  drawReplay(snapshot.replay);
  drawDrift(snapshot.truth);
  drawFaults(snapshot.faults);
  const { engine, seed, batchSize } = snapshot.run;
  element('run').textContent =
    `${engine} engine · batches of up to ${whole.format(batchSize)} · seed ${seed} · times in UTC`;
}

function drawRanking(top) {
  const body = element('ranking');
  const before = new Map([...body.rows].map((row) => [row.dataset.restaurant, row]));
  const places = new Map([...body.rows].map((row) => [row, row.getBoundingClientRect().top]));
  const rows = top.map(({ restaurantId, count }, index) => {
    const row = before.get(restaurantId) ?? newRow(restaurantId);
    const [rank, name, favourites] = row.cells;
    const text = whole.format(count);
    rank.textContent = String(index + 1);
    name.style.setProperty('--share', String(count / top[0].count));
    if (favourites.textContent !== text) {
      if (favourites.textContent !== '') flash(favourites);
      favourites.textContent = text;
    }
    return row;
  });
  const isSame = rows.length === body.rows.length && rows.every((row, index) => row === body.rows[index]);
  if (!isSame) {
    body.replaceChildren(...rows);
    for (const row of rows) slideFrom(row, places.get(row));
  }
  element('empty').hidden = rows.length > 0;
  element('empty').textContent = `No favourites in ${titleOf(shownWindow)} yet`;
}

function newRow(restaurantId) {
  const row = document.createElement('tr');
  row.dataset.restaurant = restaurantId;
  for (const kind of ['rank', 'name', 'count']) row.insertCell().className = kind;
  const name = document.createElement('span');
  name.textContent = restaurantId;
  row.cells[1].append(name);
  return row;
}

function flash(cell) {
  cell.classList.remove('moved');
  requestAnimationFrame(() => cell.classList.add('moved'));
}

function slideFrom(row, top) {
  if (top === undefined || calm.matches) return;
  const distance = top - row.getBoundingClientRect().top;
  if (distance === 0) return;
  row.animate([{ transform: `translateY(${distance}px)` }, { transform: 'none' }], {
    duration: 350,
    easing: 'ease-out',
  });
}

function drawFigures(figures) {
  for (const name of ['applied', 'stale', 'retries', 'poison', 'deadLetters']) {
    element(name).textContent = whole.format(figures[name]);
  }
  for (const name of ['writeUnitsPerEvent', 'requestsPerEvent']) {
    element(name).textContent = fraction.format(figures[name]);
  }
  for (const name of ['lagP50Ms', 'lagP99Ms']) drawDuration(element(name), figures[name]);
  element('rate').textContent = whole.format(figures.appliedRate);
  drawLine('rate', figures.appliedRate);
  drawLine('lag', figures.lagP50Ms);
}

function drawDuration(target, ms) {
  const unit = document.createElement('span');
  unit.className = 'unit';
  unit.textContent = ms < 10_000 ? ' ms' : ' s';
  target.replaceChildren(ms < 10_000 ? whole.format(ms) : fraction.format(ms / 1000), unit);
}

function drawLine(name, value) {
  const samples = lines[name];
  samples.push(value);
  if (samples.length > LINE_SAMPLES) samples.shift();
  const max = Math.max(1, ...samples);
  const points = samples.map((sample, index) => {
    const x = (index * 120) / Math.max(LINE_SAMPLES_MIN, samples.length - 1);
    return `${x.toFixed(1)},${(30 - (sample / max) * 28).toFixed(1)}`;
  });
  element(`${name}-line`).firstElementChild.setAttribute('points', points.join(' '));
}

function drawReplay({ source, written, events, state, message }) {
  element('source').textContent = source;
  const progress = element('progress');
  progress.hidden = events === undefined;
  if (events !== undefined) {
    progress.max = Math.max(1, events);
    progress.value = events === 0 ? 1 : written;
  }
  const of = events === undefined ? '' : ` of ${whole.format(events)}`;
  const notes = {
    replaying: `${whole.format(written)}${of} events written`,
    counting: `All ${whole.format(written)} events written, the last are being counted`,
    done: `All ${whole.format(written)} events written and counted`,
    idle: 'Nothing is being written',
    failed: message,
  };
  element('replay-note').textContent = (state !== 'failed' && message) || notes[state];
}

function drawDrift({ state, drift, favourites, atMs }) {
  element('recount').disabled = state === 'counting';
  if (state === 'counting') element('drift-note').textContent = 'Writes are held, counting anew…';
  if (state !== 'known') return;
  element('drift').dataset.state = drift === 0 ? 'none' : 'some';
  element('drift-value').textContent = whole.format(drift);
  const time = new Date(atMs).toISOString().slice(11, 19);
  const of = `${whole.format(favourites)} favourites at ${time}`;
  element('drift-note').textContent =
    drift === 0 ? `Every count is that of a recount of ${of}` : `counts differ from a recount of ${of}`;
}

function drawFaults(faults) {
  const entries = faults.filter(({ count }) => count > 0).map(({ name, count }) => [name, count]);
  element('faults').hidden = entries.length === 0;
  element('fault-list').replaceChildren(
    ...entries.map(([name, times]) => {
      const item = document.createElement('div');
      const [term, value] = [document.createElement('dt'), document.createElement('dd')];
      term.textContent = name;
      value.textContent = whole.format(times);
      item.append(term, value);
      return item;
    }),
  );
}
