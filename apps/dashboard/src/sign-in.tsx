import { useState } from 'preact/hooks';
import type { JSX } from 'preact';

/** Asks for a token once. */
export function SignIn({ reason, onToken }: { readonly reason: string | undefined; readonly onToken: (token: string) => void }): JSX.Element {
  const [typed, type] = useState('');
  return (
    <main class="sign-in">
      <form onSubmit={(event) => { event.preventDefault(); if (typed.trim() !== '') onToken(typed.trim()); }}>
        <h1>ibkit</h1>
        {reason === undefined ? null : <p class="failure" role="alert">{reason}</p>}
        <label for="token">Token of the daemon</label>
        <input id="token" type="password" value={typed} onInput={({ currentTarget }) => { type(currentTarget.value); }} autocomplete="off" required autofocus />
        <p class="muted">Make one with <code>ibkit token create --scope read</code>. A read token is enough to watch; a trade token can also cancel orders. It is kept until this tab is closed.</p>
        <button type="submit">Open</button>
      </form>
    </main>
  );
}
