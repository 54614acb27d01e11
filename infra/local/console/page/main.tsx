/** The page's script: applies the theme at once, and renders the page when its body exists. */
import { render } from 'preact';
import './tokens.css';
import './page-layout.css';
import { App } from './app.tsx';
import { applyTheme, storedTheme } from './theme.ts';
import { connect } from './use-console.ts';

applyTheme(storedTheme());
document.addEventListener('DOMContentLoaded', () => {
  const root = document.querySelector('#console');
  if (!root) throw new Error('The page has no element #console to draw in: see index.html');
  connect();
  render(<App />, root);
});
