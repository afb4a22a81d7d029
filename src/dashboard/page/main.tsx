/** Starts the page. */
import { render } from 'preact';
import { App } from './app.tsx';
import { access, signIn } from './client.ts';
import { listen } from './live.ts';
import './style/main.css';

const root = document.getElementById('app');
if (root !== null) render(<App />, root);

signIn()
  .then(() => (access.value === 'in' ? listen() : undefined))
  .catch(() => {
    access.value = 'out';
  });
