import { signal } from '@preact/signals';
import type { Signal } from '@preact/signals';

type Store = Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;

/** How the page looks. */
export type Theme = 'auto' | 'light' | 'dark';

const THEMES: readonly Theme[] = ['auto', 'light', 'dark'];
const TOKEN = 'ibkit.token';
const THEME = 'ibkit.theme';
const SYMBOLS = 'ibkit.symbols';
const FIRST_SYMBOLS = ['SPY', 'AAPL'];
const MOST_SYMBOLS = 20;

function symbolsIn(text: string | null): readonly string[] {
  const found = (text ?? '').split(' ').filter((symbol) => symbol !== '');
  return text === null ? FIRST_SYMBOLS : found.slice(0, MOST_SYMBOLS);
}

/** What this browser remembers: the token until its tab is closed; the theme and the symbols for good. */
export class Session {
  readonly token: Signal<string | undefined>;
  readonly theme: Signal<Theme>;
  readonly symbols: Signal<readonly string[]>;
  readonly #local: Store;
  readonly #session: Store;

  constructor({ local, session }: { readonly local: Store; readonly session: Store }) {
    this.#local = local;
    this.#session = session;
    this.token = signal(session.getItem(TOKEN) ?? undefined);
    this.theme = signal(THEMES.find((theme) => theme === local.getItem(THEME)) ?? 'auto');
    this.symbols = signal(symbolsIn(local.getItem(SYMBOLS)));
  }

  signIn(token: string): void {
    this.#session.setItem(TOKEN, token);
    this.token.value = token;
  }

  signOut(): void {
    this.#session.removeItem(TOKEN);
    this.token.value = undefined;
  }

  setTheme(theme: Theme): void {
    this.#local.setItem(THEME, theme);
    this.theme.value = theme;
  }

  addSymbol(symbol: string): void {
    const text = symbol.trim().toUpperCase();
    if (text === '' || this.symbols.value.includes(text)) return;
    this.#keep([...this.symbols.value, text].slice(-MOST_SYMBOLS));
  }

  removeSymbol(symbol: string): void {
    this.#keep(this.symbols.value.filter((other) => other !== symbol));
  }

  #keep(symbols: readonly string[]): void {
    this.#local.setItem(SYMBOLS, symbols.join(' '));
    this.symbols.value = symbols;
  }
}
