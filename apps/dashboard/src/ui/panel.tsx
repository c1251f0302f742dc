import type { ComponentChildren, JSX } from 'preact';

/** One part of the page: a heading, how fresh it is, and what it shows. */
export function Panel({ id, title, stale, aside, wide = false, children }: {
  readonly id: string;
  readonly title: string;
  /** Why what is shown may be old. */
  readonly stale?: string | undefined;
  readonly aside?: ComponentChildren;
  readonly wide?: boolean;
  readonly children: ComponentChildren;
}): JSX.Element {
  return (
    <section id={id} class={wide ? 'panel wide' : 'panel'} aria-labelledby={`${id}-title`} data-stale={stale === undefined ? undefined : 'true'} tabIndex={-1}>
      <header>
        <h2 id={`${id}-title`}>{title}</h2>
        {stale === undefined ? aside : <span class="badge warn" role="status" title={stale}>old</span>}
      </header>
      {children}
    </section>
  );
}

/** What stands in a panel that has nothing to show. */
export function Nothing({ children }: { readonly children: ComponentChildren }): JSX.Element {
  return <p class="nothing">{children}</p>;
}

/** A word with a colour, which is never the only thing that tells. */
export function Badge({ kind, children }: { readonly kind: 'ok' | 'warn' | 'bad' | 'plain'; readonly children: ComponentChildren }): JSX.Element {
  return <span class={`badge ${kind}`}>{children}</span>;
}
